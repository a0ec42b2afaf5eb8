// The title of an article: where it breaks is seen, and how it will be set in print.
"use strict";

{
  const box = document.querySelector("[data-title-lines]");
  const title = document.querySelector("#id_title");
  const contentsTitle = document.querySelector("#id_contents_title");

  if (box && title) {
    const lines = box.querySelector(".title-print-lines");
    const warning = box.querySelector(".title-print-warning");
    let wait = 0;
    let asked = 0;

    const plain = () => title.value.split(/\s*\n\s*/).join("").trim();

    const line = ({ text, wide }, ends) => {
      const row = document.createElement("p");
      row.textContent = text;
      row.classList.toggle("is-wide", wide);
      if (ends) {
        const mark = document.createElement("span");
        mark.className = "break-mark";
        mark.textContent = "↵";
        mark.title = "您在这里换行";
        row.append(mark);
      }
      return row;
    };

    const show = (found) => {
      // A line ends by hand where the characters so far are those before a break.
      const typed = title.value.split("\n").map((part) => part.trim()).filter(Boolean);
      const ends = new Set();
      typed.reduce((length, part) => (ends.add(length + part.length), length + part.length), 0);
      let length = 0;
      const total = typed.join("").length;
      lines.replaceChildren(
        ...found.map((each) => {
          length += each.text.length;
          return line(each, ends.has(length) && length < total);
        }),
      );
      const isWide = found.some((each) => each.wide);
      const isLong = title.value.length > 200;
      warning.textContent = isLong
        ? `标题太长（${title.value.length}字，最多200字）。`
        : isWide
          ? "有一行超过20个字，纸上排不下，印刷时会再分行。请调整换行的位置。"
          : "";
      warning.hidden = !warning.textContent;
      box.hidden = !found.length;
    };

    const ask = async () => {
      if (contentsTitle) contentsTitle.placeholder = plain();
      const number = ++asked;
      try {
        const address = `${box.dataset.titleLines}?title=${encodeURIComponent(title.value.slice(0, 400))}`;
        const response = await fetch(address, { redirect: "manual" });
        if (!response.ok) return;
        const answer = await response.json();
        // Answers may overtake one another.
        if (number === asked) show(answer.lines);
      } catch {
        box.hidden = true; // offline: a sample that is not true helps nobody
      }
    };

    const later = () => {
      clearTimeout(wait);
      wait = setTimeout(ask, 200);
    };

    title.after(box);
    title.addEventListener("input", later);
    title.addEventListener("change", later);
    box.querySelector("[data-break]").addEventListener("click", () => {
      title.setRangeText("\n", title.selectionStart, title.selectionEnd, "end");
      title.dispatchEvent(new Event("input", { bubbles: true }));
      title.focus();
    });
    ask();
  }
}

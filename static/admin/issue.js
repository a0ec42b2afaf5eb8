// The list of contents of an issue: what its buttons post is sent here, and the answer put in place.
"use strict";

{
  const contents = document.querySelector("[data-contents]");
  const panel = document.querySelector("[data-panel]");
  const toast = document.querySelector("[data-toast]");
  const form = () => contents.querySelector("#contents-form");

  // --- sending ---

  let sending = Promise.resolve();

  // One after the other: a second click is judged by what the first has left.
  const send = (address, values) => {
    sending = sending.then(() => sendNow(address, values));
    return sending;
  };

  const sendNow = async (address, values) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
    data.set("seen", form().elements.seen.value);
    for (const [name, value] of Object.entries(values)) data.set(name, value);
    contents.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, {
        method: "POST",
        body: data,
        headers: { "X-Requested-With": "fetch" },
      });
      const type = response.headers.get("Content-Type") ?? "";
      if (!type.includes("json")) throw new Error();
      show(await response.json(), values);
    } catch {
      say("没有保存：网络断开，或者登录已过期。请刷新页面后再试。", { isError: true });
    }
    contents.removeAttribute("aria-busy");
  };

  // A wording that is typed and not taken yet stays when the list is put in place anew.
  const wordingsTyped = () =>
    [...contents.querySelectorAll(".wording-edit input[name^=wording-]")].filter(
      ({ value, defaultValue }) => value !== defaultValue,
    );
  const typeAgain = ({ name, value }) => {
    const input = contents.querySelector(`input[name="${name}"]`);
    if (!input) return;
    input.value = value;
    input.closest("details").open = true;
  };

  const show = (answer, sent) => {
    const place = focused();
    const typed = wordingsTyped().filter(({ name }) => answer.error || !(name in sent));
    const open = new Set([...contents.querySelectorAll("details[open]")].map(nameOf));
    contents.innerHTML = answer.contents;
    panel.innerHTML = answer.panel;
    for (const details of contents.querySelectorAll("details")) {
      details.open = open.has(nameOf(details)) && !details.classList.contains("wording");
    }
    typed.forEach(typeAgain);
    place?.();
    if (answer.error) say(answer.error, { isError: true });
    else if (answer.said) say(answer.said, { undo: answer.undo });
    measure();
  };

  const nameOf = (details) => details.className;

  // What had the focus has it again: the same button of the same row, wherever that stands now.
  const focused = () => {
    const element = document.activeElement;
    if (!contents.contains(element)) return null;
    const key = element.closest("[data-key]")?.dataset.key;
    const { name, value } = element;
    return () => {
      const row = key && contents.querySelector(`[data-key="${key}"]`);
      const same = [...(row || contents).querySelectorAll("button, input")].filter(
        (other) => other.name === name && (other.name !== "step" || other.value === value),
      );
      (same.find((other) => !other.disabled) ?? row?.querySelector("a, button"))?.focus();
    };
  };

  // --- telling ---

  let timer;

  const say = (text, { isError = false, undo = "" } = {}) => {
    clearTimeout(timer);
    toast.textContent = "";
    toast.append(text);
    toast.classList.toggle("toast-error", isError);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "恢复";
      button.addEventListener("click", () => send(undo, {}));
      toast.append(button);
    }
    toast.hidden = false;
    timer = setTimeout(() => (toast.hidden = true), isError || undo ? 15000 : 5000);
  };

  // --- buttons and numbers ---

  contents.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    const values = {};
    if (button?.hasAttribute("formaction")) {
      for (const input of button.closest("[data-key]")?.querySelectorAll("details input") ?? []) {
        values[input.name] = input.value;
      }
      send(button.formAction, values);
    } else if (button?.name) {
      send(event.target.action, { [button.name]: button.value });
    } else {
      for (const input of event.target.querySelectorAll(".row-number")) values[input.name] = input.value;
      send(event.target.action, values);
    }
  });

  contents.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter") return;
    const input = event.target;
    if (input.matches(".wording input")) {
      // Enter here means the button beside it, not the first of the form.
      event.preventDefault();
      input.closest("details").querySelector("button").click();
    } else if (input.matches(".row-number")) {
      event.preventDefault();
      if (input.value !== input.defaultValue) send(form().action, { [input.name]: input.value });
    }
  });

  contents.addEventListener("focusin", (event) => {
    if (event.target.matches("input.row-number")) event.target.select();
  });
  contents.addEventListener("change", (event) => event.stopPropagation());
  contents.addEventListener("input", (event) => event.stopPropagation());

  // --- dragging, by mouse, pen or finger ---

  const order = () =>
    [...contents.querySelectorAll(".group, .group .row")].map((place) => place.dataset.key).join(" ");

  contents.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button) return;
    event.preventDefault();
    const row = handle.closest(".row");
    const before = order();
    row.classList.add("row-dragged");
    document.documentElement.classList.add("is-dragging");

    const move = (at) => {
      const under = document.elementFromPoint(at.clientX, at.clientY);
      const edge = 60;
      if (at.clientY < edge) window.scrollBy(0, -12);
      if (at.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
      const group = under?.closest(".group");
      if (!group || group.dataset.kind !== row.dataset.kind) return;
      const over = under.closest(".row");
      if (over === row) return;
      if (over) {
        const box = over.getBoundingClientRect();
        if (at.clientY < box.top + box.height / 2) over.before(row);
        else over.after(row);
      } else if (!group.contains(row)) {
        group.querySelector("[data-rows]").append(row);
      }
    };
    const drop = (isKept) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", keep);
      document.removeEventListener("pointercancel", cancel);
      document.removeEventListener("keydown", escape);
      row.classList.remove("row-dragged");
      document.documentElement.classList.remove("is-dragging");
      if (isKept && order() !== before) send(form().action, { order: order() });
      else if (order() !== before) send(form().action, { order: before });
    };
    const keep = () => drop(true);
    const cancel = () => drop(false);
    const escape = (pressed) => pressed.key === "Escape" && drop(false);

    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", keep);
    document.addEventListener("pointercancel", cancel);
    document.addEventListener("keydown", escape);
  });

  // --- the printed length, asked when the page is there ---

  let asked = 0;

  const measure = async () => {
    const place = panel.querySelector("[data-length]");
    const turn = ++asked;
    place.textContent = "正在排版…";
    let text = "没有排成，请看 PDF";
    try {
      const response = await fetch(place.dataset.length);
      if (response.ok) text = (await response.json()).text;
    } catch {
      // The words above say so.
    }
    // A later change has asked anew.
    if (turn === asked) place.textContent = text;
  };

  measure();

  // What the desk offers to restore is seen before anything else; who else has it open
  // is said where the state is. Not before the desk itself has found them.
  document.addEventListener("DOMContentLoaded", () => {
    const bars = document.querySelector("#desk [data-bars]");
    const others = document.querySelector("#desk [data-others]");
    if (bars) document.querySelector(".issue-page").before(bars);
    if (others) document.querySelector(".issue-side").prepend(others);
  });

  // On a narrow screen the panel is folded, above the contents.
  const folds = document.querySelector("[data-folds]");
  if (window.matchMedia("(max-width: 1279px)").matches) folds.open = false;
}

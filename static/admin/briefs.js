// A brief item is typed as one text; where its first sentence ends is seen, and can be moved.
"use strict";

{
  const STOP = /[。！？]/;

  // Where a lead may end: before a full stop, which print adds, or behind ！ and ？.
  const ends = (text) => [...text.matchAll(/[。！？]/g)].map((found) => found.index + (found[0] === "。" ? 0 : 1));

  const make = (tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };

  class Brief {
    constructor(lead, text, rows) {
      Object.assign(this, { lead, text });
      const [first] = rows;
      this.box = make("div", "split");
      this.whole = make("textarea", "split-whole");
      this.whole.rows = 4;
      this.whole.id = `${lead.id}-whole`;
      this.whole.setAttribute("aria-describedby", `${lead.id}-hint`);
      const label = make("label", "split-label", "全文");
      label.htmlFor = this.whole.id;
      const hint = make("p", "split-hint", "红色的是首句。要改在别处分开，把光标放到那里按回车，或者用按钮。");
      hint.id = `${lead.id}-hint`;
      this.sample = make("p", "split-sample");
      this.sample.setAttribute("aria-live", "polite");
      const buttons = make("p", "split-buttons");
      for (const [name, act] of [
        ["首句短一句", () => this.step(-1)],
        ["首句长一句", () => this.step(1)],
        ["在光标处分开", () => this.splitAt(this.whole.selectionStart)],
      ]) {
        const button = make("button", "split-button", name);
        button.type = "button";
        button.addEventListener("click", act);
        buttons.append(button);
      }
      this.box.append(label, this.whole, this.sample, buttons, hint);
      first.before(this.box);
      for (const row of rows) row.hidden = true;
      this.whole.addEventListener("input", () => this.typed());
      this.whole.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.splitAt(this.whole.selectionStart);
      });
      // What was restored from before a crash comes into the fields themselves.
      for (const field of [lead, text]) {
        for (const kind of ["input", "change"]) field.addEventListener(kind, () => this.isWriting || this.read());
      }
      this.read();
    }

    read() {
      const lead = this.lead.value.trim();
      const stop = lead && !STOP.test(lead.at(-1)) ? "。" : "";
      this.whole.value = lead + stop + this.text.value.trim();
      this.before = this.whole.value;
      this.at = lead.length;
      this.isMoved = this.at !== this.natural();
      this.show();
    }

    natural() {
      return ends(this.whole.value)[0] ?? this.whole.value.length;
    }

    typed() {
      const [old, now] = [this.before, this.whole.value];
      if (this.isMoved) {
        let same = 0;
        while (same < old.length && old[same] === now[same]) same += 1;
        if (same < this.at) this.at = Math.max(0, this.at + now.length - old.length);
      }
      this.before = now;
      if (!this.isMoved || this.at > now.length) {
        this.isMoved = false;
        this.at = this.natural();
      }
      this.write();
    }

    step(direction) {
      const places = ends(this.whole.value);
      const found = direction > 0 ? places.find((at) => at > this.at) : places.findLast((at) => at < this.at);
      if (found !== undefined) this.splitAt(found);
    }

    splitAt(at) {
      // Behind a full stop is before it: print sets it.
      this.at = this.whole.value[at - 1] === "。" ? at - 1 : at;
      this.isMoved = true;
      this.write();
    }

    parts() {
      const lead = this.whole.value.slice(0, this.at).replace(/\s+/g, " ").trim();
      const text = this.whole.value.slice(this.at).replace(/^\s*。/, "").replace(/\n+/g, "").trim();
      return [lead, text];
    }

    write() {
      this.isWriting = true;
      [this.lead.value, this.text.value] = this.parts();
      for (const field of [this.lead, this.text]) field.dispatchEvent(new Event("input", { bubbles: true }));
      this.isWriting = false;
      this.show();
    }

    show() {
      const [lead, text] = this.parts();
      const stop = lead && !STOP.test(lead.at(-1)) ? "。" : "";
      this.sample.replaceChildren("★", make("b", "split-lead", lead + stop), text);
      this.sample.hidden = !lead && !text;
    }
  }

  const hasErrors = (row) => row.querySelector(".briefs-error, .errorlist, [role=alert], .text-red-600") !== null;

  const begin = (lead, text, rows) => {
    // What is wrong with a field is told beside it: there it is put right.
    if (lead && text && !lead.disabled && !rows.some(hasErrors)) new Brief(lead, text, rows);
  };

  for (const box of document.querySelectorAll("[data-brief]")) {
    const row = (name) => box.querySelector(`[data-field=${name}]`);
    begin(box.querySelector("[name$=-lead]"), box.querySelector("[name$=-text]"), [row("lead"), row("text")]);
  }
  const page = document.querySelector("#briefitem_form");
  if (page) {
    const [lead, text] = [page.querySelector("#id_lead"), page.querySelector("#id_text")];
    if (lead && text) begin(lead, text, [lead, text].map((field) => field.closest(".field-row, .form-row") ?? field.parentElement));
  }

  // A second click sends nothing a second time.
  for (const form of document.querySelectorAll("form[data-once]")) {
    let isSent = false;
    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
    });
    window.addEventListener("pageshow", () => (isSent = false));
  }
}

// What is typed is not lost: kept in this browser, offered again, and sent only while the login holds.
"use strict";

{
  const EVERY = 3_000; // milliseconds: keeping what is typed
  const BEAT = 25_000; // saying that one is still here
  const RETRY = 3_000; // asking again while the login has expired or the line is down
  const PATIENCE = 8_000; // for an answer, and for the editors
  const STOPPED = 20_000; // no answer to a form that was sent
  const KEPT_FOR = 30 * 24 * 3_600_000;
  const MOST_DRAFTS = 5; // of one page
  const NOT_TYPED =
    /^(csrfmiddlewaretoken|seen|opened_at|desk_.*|_.*)$|__prefix__|-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$|-\d+-(id|issue|bulletin)$/;
  const NO_TEXT = new Set(["submit", "button", "image", "reset", "file"]);

  // --- the browser's store ---

  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const write = (key, draft) => {
    try {
      localStorage.setItem(key, JSON.stringify(draft));
      return true;
    } catch {
      return false; // full, or forbidden
    }
  };
  const drop = (key) => {
    try {
      localStorage.removeItem(key);
    } catch {
      // forbidden: there is nothing in it either
    }
  };
  const keys = (start) => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(start));
    } catch {
      return [];
    }
  };
  const draftsOf = (start) =>
    keys(start)
      .map((key) => ({ key, ...read(key) }))
      .filter((draft) => draft.fields)
      .sort((one, other) => other.at - one.at);

  const dropOld = () => {
    for (const key of keys("desk:")) {
      const at = read(key)?.at ?? 0;
      if (Date.now() - at > KEPT_FOR) drop(key);
    }
  };

  // Of several drafts of a page only the one that was sent; a form may not say which.
  const isOf = (key, draft) => !draft || key.endsWith(`:${draft}`);

  // The server says in a cookie what it has saved: that need not be kept any longer.
  const dropSaved = () => {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("desk_saved="));
    if (!cookie) return;
    for (const saved of cookie.slice("desk_saved=".length).replaceAll('"', "").split(".")) {
      const [page, draft] = saved.split("~");
      for (const key of keys("desk:")) {
        if (key.split(":")[2] === page && isOf(key, draft) && read(key)?.sent) drop(key);
      }
    }
    const path = `/${location.pathname.split("/")[1]}/`;
    document.cookie = `desk_saved=; Max-Age=0; Path=${path}; SameSite=Lax`;
  };

  // --- what a form says ---

  const editorOf = (element) => window.CKEDITOR?.instances?.[element.id];
  const editorAreas = (form) =>
    [...form.querySelectorAll("textarea[data-type=ckeditortype]")].filter(
      (area) => !area.id.includes("__prefix__"),
    );
  // What an opinion is on is told by the page, never by what was kept.
  const isOpinion = (form) => "deskOpinion" in form.dataset;
  const typedElements = (form) =>
    [...form.elements].filter(
      ({ name, type }) =>
        name &&
        !NOT_TYPED.test(name) &&
        !NO_TEXT.has(type) &&
        !(type === "hidden" && isOpinion(form)),
    );
  const isBox = ({ type }) => type === "checkbox" || type === "radio";

  const valuesOf = (element) => {
    if (isBox(element)) return element.checked ? [element.value] : [];
    if (element.type === "select-multiple") {
      return [...element.selectedOptions].map((option) => option.value);
    }
    return [editorOf(element)?.getData() ?? element.value];
  };
  const fieldsOf = (form) => {
    const fields = {};
    for (const element of typedElements(form)) {
      (fields[element.name] ??= []).push(...valuesOf(element));
    }
    return fields;
  };
  const textOf = (values) => (values ?? []).join("\n");
  const namesOfDifferences = (one, other) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
      (name) => textOf(one[name]) !== textOf(other[name]),
    );

  const editorsReady = (form) =>
    new Promise((resolve) => {
      const until = Date.now() + PATIENCE;
      const look = () => {
        const isReady = editorAreas(form).every((area) => editorOf(area)?.status === "ready");
        if (isReady || Date.now() > until) resolve();
        else setTimeout(look, 50);
      };
      look();
    });

  // --- putting a draft back ---

  const addMissingRows = (form, fields) => {
    for (const name of Object.keys(fields)) {
      const row = /^(.+)-(\d+)-/.exec(name);
      for (let tries = 0; row && !form.elements[name] && tries < 200; tries += 1) {
        const group = document.querySelector(`#${CSS.escape(row[1])}-group`);
        const add = group?.querySelector("a.add-row, .add-row a");
        if (!add) break;
        add.click();
      }
    }
  };
  const setValues = (element, values, at) => {
    const editor = editorOf(element);
    if (isBox(element)) {
      element.checked = values.includes(element.value);
    } else if (element.type === "select-multiple") {
      for (const option of element.options) option.selected = values.includes(option.value);
    } else if (editor) {
      if (editor.getData() !== values[at]) editor.setData(values[at] ?? "");
    } else {
      element.value = values[at] ?? "";
    }
  };
  const restore = (form, fields) => {
    addMissingRows(form, fields);
    const met = {};
    for (const element of typedElements(form)) {
      const { name } = element;
      const at = (met[name] = (met[name] ?? -1) + 1);
      if (!fields[name]) continue;
      const before = JSON.stringify(valuesOf(element));
      setValues(element, fields[name], at);
      if (JSON.stringify(valuesOf(element)) === before) continue;
      // Other scripts follow what is typed.
      element.dispatchEvent(new Event("input", { bubbles: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  // --- words and bars ---

  const make = (tag, className, ...content) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  };
  const button = (label, action, isMain = false) => {
    const found = make("button", `desk-button${isMain ? " desk-button-main" : ""}`, label);
    found.type = "button";
    found.addEventListener("click", action);
    return found;
  };
  const two = (number) => String(number).padStart(2, "0");
  const clock = (at) => `${two(new Date(at).getHours())}:${two(new Date(at).getMinutes())}`;
  const day = (at) => `${new Date(at).getMonth() + 1}月${new Date(at).getDate()}日 ${clock(at)}`;

  const plain = (html) => {
    const page = new DOMParser().parseFromString(
      html.replaceAll(/<\/(p|h[1-6]|li|tr|figcaption|caption)>/g, "$&\n"),
      "text/html",
    );
    return page.body.textContent.replaceAll(/\n\s*\n/g, "\n").trim();
  };
  // What stands in the middle, between what is the same at either end.
  const marked = (tag, text, other) => {
    let start = 0;
    while (start < text.length && text[start] === other[start]) start += 1;
    let end = 0;
    while (
      end < Math.min(text.length, other.length) - start &&
      text.at(-1 - end) === other.at(-1 - end)
    ) {
      end += 1;
    }
    const before = start > 30 ? `…${text.slice(start - 30, start)}` : text.slice(0, start);
    const stop = text.length - end;
    const after = end > 30 ? `${text.slice(stop, stop + 30)}…` : text.slice(stop);
    const middle = text.slice(start, stop);
    return make("span", "", before, middle ? make(tag, "", middle) : "", after);
  };
  const labelOf = (form, name) => {
    const element = typedElements(form).find((found) => found.name === name);
    const label = element?.labels?.[0] ?? document.querySelector(`label[for="id_${name}"]`);
    return label?.textContent.replace("*", "").trim() || "其他";
  };
  const differences = (form, fields) => {
    const now = fieldsOf(form);
    const rows = namesOfDifferences(now, fields).map((name) => {
      const [here, kept] = [plain(textOf(now[name])), plain(textOf(fields[name]))];
      const same = here === kept ? "（只有格式不同）" : "";
      return make(
        "div",
        "desk-row",
        make("h3", "", labelOf(form, name)),
        make("p", "desk-side", make("b", "", "页面上："), same, marked("del", here, kept)),
        make("p", "desk-side", make("b", "", "未保存的："), same, marked("ins", kept, here)),
      );
    });
    return make("div", "desk-differences", ...rows);
  };

  // --- keeping ---

  class Keeper {
    constructor(form, { user, page, version, bars, status, isRefused, line }) {
      Object.assign(this, { form, page, version, bars, status, isRefused, line });
      this.start = `desk:${user}:${page}:`;
      this.draft = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
      this.key = `${this.start}${version}:${this.draft}`;
      this.written = null;
      this.isLeaving = false;
      this.restored = [];
      this.what = isOpinion(form) ? "有未提交的意见" : "有未保存的内容";
    }

    async begin() {
      // Somebody may type before the editors are there.
      const base = fieldsOf(this.form);
      await editorsReady(this.form);
      for (const area of editorAreas(this.form)) {
        const editor = editorOf(area);
        if (editor) base[area.name] = [editor.getData()];
      }
      this.base = base;
      this.written = JSON.stringify(this.base);
      if (this.isRefused) this.takeOver();
      else this.offer();
      setInterval(() => this.keep(), EVERY);
      window.addEventListener("pagehide", () => this.keep());
      document.addEventListener("visibilitychange", () => this.keep());
    }

    get isTyped() {
      if (!this.base) return false;
      return this.isRefused || namesOfDifferences(this.base, fieldsOf(this.form)).length > 0;
    }

    // A form that came back holds what was sent, and what is saved nowhere.
    takeOver() {
      this.written = null;
      this.keep();
      const came = this.form.elements.desk_draft?.value;
      for (const { key, sent } of draftsOf(this.start)) {
        if (sent && isOf(key, came) && key !== this.key && read(this.key)) drop(key);
      }
    }

    keep() {
      if (!this.base || this.isLeaving) return;
      const fields = fieldsOf(this.form);
      const text = JSON.stringify(fields);
      if (text === this.written) return;
      this.written = text;
      this.line.hasTyped = true;
      if (!this.isTyped) {
        drop(this.key);
        this.status("");
      } else if (write(this.key, { at: Date.now(), seen: this.seen, fields })) {
        this.status(`已自动暂存 ${clock(Date.now())}`);
        for (const { key } of draftsOf(this.start).slice(MOST_DRAFTS)) drop(key);
      } else {
        this.status("浏览器存不下了，没有暂存，请尽快保存", true);
      }
    }

    get seen() {
      return isOpinion(this.form) ? "" : (this.form.elements.seen?.value ?? "");
    }

    // It is on its way; whether it arrives, a cookie says.
    markSent() {
      this.keep();
      const draft = read(this.key) ?? { fields: fieldsOf(this.form), seen: this.seen };
      if (write(this.key, { ...draft, at: Date.now(), sent: true })) this.dropRestored();
      this.name();
      this.isLeaving = true;
    }

    // The form says which draft is saved with it.
    name() {
      let input = this.form.elements.desk_draft;
      if (!input) {
        input = Object.assign(make("input"), { type: "hidden", name: "desk_draft" });
        this.form.append(input);
      }
      input.value = this.draft;
    }

    // --- what was kept before ---

    offer() {
      this.bars?.querySelector(".desk-offer")?.remove();
      const now = fieldsOf(this.form);
      const found = draftsOf(this.start).find((draft) => {
        if (draft.key === this.key) return false;
        if (namesOfDifferences(now, draft.fields).length > 0) return true;
        drop(draft.key); // it says what is there already
        return false;
      });
      if (found) this.bars?.append(this.bar(found));
    }

    // What was put back is kept under a new key by now.
    dropRestored() {
      for (const key of this.restored.splice(0)) drop(key);
    }

    bar(draft) {
      const isOvertaken = String(draft.seen) !== this.seen;
      const more = isOvertaken ? "此后又保存过新的内容，恢复后请核对。" : "";
      const shown = make("div", "desk-shown");
      const bar = make(
        "div",
        "desk-bar desk-offer",
        make("p", "", make("b", "", `${this.what}（${day(draft.at)}）`), more),
        make(
          "p",
          "desk-bar-buttons",
          button("恢复", () => this.restore(draft), true),
          button("查看不同", () => {
            const isOpen = shown.childNodes.length > 0;
            shown.replaceChildren(...(isOpen ? [] : [differences(this.form, draft.fields)]));
          }),
          button("放弃", () => {
            drop(draft.key);
            this.offer();
          }),
        ),
        shown,
      );
      return bar;
    }

    restore(draft) {
      restore(this.form, draft.fields);
      this.restored.push(draft.key);
      this.bars?.querySelector(".desk-offer")?.remove();
      // Typed over an older version, it must not be saved over the newer one unseen.
      if (draft.seen && this.form.elements.seen) this.form.elements.seen.value = draft.seen;
      // The editors take their text a moment later.
      setTimeout(() => {
        this.keep();
        if (read(this.key)) this.dropRestored();
        this.offer();
        this.status(`已恢复 ${day(draft.at)} 的内容，请保存`);
      }, 500);
    }
  }

  // --- the login and the line ---

  const setToken = (token) => {
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      input.value = token;
    }
  };

  class Line {
    constructor({ presence, user, issue, page, isVisit }) {
      Object.assign(this, { presence, user, issue: issue ?? "", page, isVisit });
      // Since the last visit: who types is not signed out for being idle.
      this.hasTyped = false;
    }

    get place() {
      return { issue: this.issue, page: this.page };
    }

    token() {
      return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    }

    // in, out, other (somebody else is logged in), or offline.
    async ask() {
      const address = `${this.presence}?${new URLSearchParams(this.place)}`;
      return this.judge(await this.fetched(address, {}));
    }

    async visit() {
      if (!this.isVisit) return this.ask();
      const body = new URLSearchParams({ ...this.place, csrfmiddlewaretoken: this.token() });
      if (this.hasTyped) body.set("typed", "1");
      this.hasTyped = false;
      const answer = await this.fetched(this.presence, { method: "POST", body });
      // Whoever has logged in again meanwhile needs a new token.
      return answer?.status === 403 ? this.ask() : this.judge(answer);
    }

    leave() {
      if (!this.isVisit) return;
      const values = { ...this.place, left: "1", csrfmiddlewaretoken: this.token() };
      navigator.sendBeacon?.(this.presence, new URLSearchParams(values));
    }

    async fetched(address, options) {
      try {
        return await fetch(address, {
          ...options,
          cache: "no-store",
          signal: AbortSignal.timeout(PATIENCE),
        });
      } catch {
        return null;
      }
    }

    async judge(answer) {
      if (!answer) return { kind: "offline", others: [] };
      const isJson = answer.headers.get("Content-Type")?.includes("json");
      // What cannot be asked does not stand in the way of saving.
      if (!answer.ok || !isJson) return { kind: "in", others: [] };
      const { user, token, others } = await answer.json();
      if (user === null) return { kind: "out", others: [] };
      if (String(user) !== this.user) return { kind: "other", others: [] };
      setToken(token);
      return { kind: "in", others };
    }
  }

  // --- sending ---

  // A form is sent once, and only while whoever typed it is logged in.
  class Gate {
    constructor(form, line, keeper, { bars, login }) {
      Object.assign(this, { form, line, keeper, bars, login });
      this.doing = isOpinion(form) ? "办理" : "保存";
      this.isHeld = false;
      this.mayPass = false;
      form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    get buttons() {
      return [...this.form.elements].filter(({ type }) => type === "submit");
    }

    onSubmit(event) {
      if (this.mayPass) {
        this.mayPass = false;
        this.keeper?.markSent();
        // Not before the form is read: the pressed button is part of it.
        setTimeout(() => this.disable(true));
        // Whoever has stopped the browser goes on typing.
        setTimeout(() => this.goOn(), STOPPED);
        return;
      }
      event.preventDefault();
      if (!this.isHeld) this.hold(event.submitter);
    }

    goOn() {
      this.disable(false);
      if (this.keeper) this.keeper.isLeaving = false;
    }

    async hold(pressed) {
      this.isHeld = true;
      this.keeper?.keep();
      this.disable(true);
      let state = await this.line.ask();
      while (this.isHeld && state.kind !== "in") {
        this.show(state.kind);
        await this.pause();
        if (this.isHeld) state = await this.line.ask();
      }
      this.clear();
      this.disable(false);
      if (!this.isHeld) return;
      this.isHeld = false;
      this.mayPass = true;
      this.form.requestSubmit(pressed ?? undefined);
    }

    // Until it is worth asking again.
    pause() {
      return new Promise((resolve) => {
        const events = [
          [window, "online"],
          [window, "focus"],
        ];
        const go = () => {
          clearTimeout(timer);
          for (const [place, name] of events) place.removeEventListener(name, go);
          this.wake = null;
          resolve();
        };
        const timer = setTimeout(go, RETRY);
        for (const [place, name] of events) place.addEventListener(name, go);
        this.wake = go;
      });
    }

    disable(isOff) {
      for (const found of this.buttons) found.disabled = isOff;
    }

    show(kind) {
      if (this.bars.querySelector(`.desk-held[data-kind=${kind}]`)) return;
      this.clear();
      const cancel = () => {
        this.isHeld = false;
        this.wake?.();
      };
      this.bars.append(heldBar(kind, this.login, this.doing, cancel));
      this.bars.scrollIntoView({ block: "nearest" });
    }

    clear() {
      this.bars.querySelector(".desk-held")?.remove();
    }
  }

  const loginLink = (login) => {
    const link = make("a", "desk-button desk-button-main", "在新窗口登录");
    Object.assign(link, { href: login, target: "_blank", rel: "opener" });
    return link;
  };
  const heldBar = (kind, login, doing, cancel) => {
    const words = {
      out: `登录已过期，请在新窗口登录后回来继续${doing}。填写的内容都在，登录后会自动继续。`,
      other: `这个浏览器里现在登录的是另一个账号，请换回原来的账号后继续${doing}。填写的内容都在。`,
      offline: `连不上服务器，恢复连接后会自动继续${doing}。填写的内容都在，请不要关闭本页。`,
    };
    const bar = make(
      "div",
      "desk-bar desk-bar-urgent desk-held",
      make("p", "", make("b", "", words[kind])),
      make(
        "p",
        "desk-bar-buttons",
        kind === "offline" ? "" : loginLink(login),
        cancel ? button(`先不${doing}`, cancel) : "",
      ),
    );
    bar.dataset.kind = kind;
    bar.setAttribute("role", "alert");
    return bar;
  };

  // --- the page of a form ---

  const statusOf = (desk) => {
    const shown = make("span", "desk-status");
    shown.setAttribute("role", "status");
    const buttons = document.querySelectorAll("#submit-row [type=submit][name^=_]");
    if (buttons.length > 0) buttons[buttons.length - 1].after(shown);
    else desk.append(shown);
    return (text, isFault = false) => {
      shown.textContent = text;
      shown.classList.toggle("desk-status-fault", isFault);
    };
  };

  const startDesk = (desk) => {
    const { page, user, version, presence, issue, login } = desk.dataset;
    const bars = desk.querySelector("[data-bars]");
    const isEditable = "editable" in desk.dataset;
    const line = new Line({ presence, user, issue, page, isVisit: isEditable });
    let gate = null;
    if (isEditable) {
      const form = desk.closest("form");
      // The browser's own memory would put old text over a newer version.
      form.autocomplete = "off";
      const keeper = new Keeper(form, {
        ...{ user, page, version, bars },
        status: statusOf(desk),
        isRefused: "refused" in desk.dataset,
        line,
      });
      gate = new Gate(form, line, keeper, { bars, login });
      setTimeout(() => keeper.begin());
      focusWhereOneTypes(form);
      window.addEventListener("beforeunload", (event) => {
        if (!keeper.isLeaving && keeper.isTyped) event.preventDefault();
      });
    }
    keepInTouch(line, bars, login, () => gate?.isHeld);
  };

  // The first field that is wrong; on an empty form the first field. The admin's own script, which
  // runs sooner or later, gives the focus to the button above it, or to nothing.
  const focusWhereOneTypes = (form) => {
    const typed = () =>
      [...form.elements].filter(
        (field) => field.matches("input:not([type=hidden]), select, textarea") && field.offsetParent && !field.disabled,
      );
    const isWrong = (field) => field.getAttribute("aria-invalid") === "true";
    const right = () => typed().find(isWrong) ?? typed()[0];
    const mend = ({ target }) => {
      const field = right();
      if (field && target !== field && (isWrong(field) || target.matches("[data-open-preview]"))) field.focus();
    };
    const stop = () => form.removeEventListener("focusin", mend);
    form.addEventListener("focusin", mend);
    for (const own of ["keydown", "pointerdown"]) window.addEventListener(own, stop, { once: true, capture: true });
    // When the page's own scripts have put its fields in place.
    window.addEventListener("load", () => {
      const isNew = document.querySelector("#django-admin-form-add-constants")?.dataset.modelName;
      const field = right();
      if (document.activeElement === document.body && field && (isNew || isWrong(field))) field.focus();
    });
  };

  const keepInTouch = (line, bars, login, isHeld) => {
    const others = document.querySelector("[data-others]");
    const beat = async () => {
      const state = await line.visit();
      if (state.kind !== "offline") {
        others.textContent = state.others.join("；");
        others.hidden = state.others.length === 0;
      }
      if (isHeld()) return;
      bars.querySelector(".desk-held")?.remove();
      if (state.kind === "out" || state.kind === "other") {
        bars.append(heldBar(state.kind, login, "编辑"));
      }
    };
    beat();
    setInterval(beat, BEAT);
    window.addEventListener("focus", () => {
      if (bars.querySelector(".desk-held") && !isHeld()) beat();
    });
    window.addEventListener("pagehide", () => line.leave());
  };

  // --- opinions on the review page ---

  const startOpinions = (place) => {
    const { user, presence, login } = place.dataset;
    const line = new Line({ presence, user, page: "", isVisit: false });
    for (const form of document.querySelectorAll("form[data-desk-opinion]")) {
      const page = form.elements.desk_page.value;
      const bars = form.querySelector("[data-bars]");
      const keeper = new Keeper(form, {
        ...{ user, page, version: "", bars },
        status: () => {},
        isRefused: "refused" in form.dataset,
        line,
      });
      new Gate(form, line, keeper, { bars, login });
      keeper.begin();
    }
  };

  // --- begin ---

  dropSaved();
  dropOld();
  const desk = document.querySelector("#desk");
  if (desk) startDesk(desk);
  const opinions = document.querySelector("[data-desk-opinions]");
  if (opinions) startOpinions(opinions);
  for (const link of document.querySelectorAll("[data-desk-drop]")) {
    link.addEventListener("click", () => {
      const { user, deskDrop, draft } = link.dataset;
      for (const key of keys(`desk:${user}:${deskDrop}:`)) if (isOf(key, draft)) drop(key);
    });
  }
  // Coming back by the browser's own button: the page as it is now, not as it was.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && (desk || opinions)) location.reload();
  });
}

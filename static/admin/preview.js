// The preview beside a form: what is on the screen is sent, and shown as it will be printed.
"use strict";

{
  const desk = document.querySelector("#desk[data-preview]");
  const tools = desk?.querySelector("[data-tools]");

  const make = (tag, className, ...content) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  };
  const clock = () => new Date().toTimeString().slice(0, 5);

  // --- where the cursor is ---

  class Cursor {
    constructor(form) {
      this.field = "";
      this.editor = null;
      form.addEventListener("focusin", ({ target }) => {
        if (target.name) [this.field, this.editor] = [target.name, null];
      });
    }

    follow(editor) {
      editor.on("focus", () => {
        [this.field, this.editor] = [editor.name, editor];
      });
    }

    get place() {
      const place = { desk_field: this.field };
      const found = this.editor?.mode === "wysiwyg" ? this.inEditor() : null;
      return found ? { ...place, desk_block: found.block, desk_offset: found.offset } : place;
    }

    // The paragraph, counted as print counts them: empty ones are none.
    inEditor() {
      const body = this.editor.editable()?.$;
      const range = this.editor.getSelection()?.getRanges()[0];
      if (!body || !range) return null;
      let node = range.startContainer.$;
      if (node === body) node = body.childNodes[range.startOffset] ?? body.lastChild;
      while (node && node.parentNode !== body) node = node.parentNode;
      if (!node) return null;
      const before = [...body.children].filter(
        (block) =>
          (block.textContent.trim() || block.querySelector("img")) &&
          block.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING,
      );
      return { block: before.length, offset: this.offset(node, range) };
    }

    offset(block, range) {
      const start = range.startContainer.$;
      if (!block.contains(start)) return 0;
      const until = block.ownerDocument.createRange();
      until.setStart(block, 0);
      until.setEnd(start, range.startOffset);
      return until.toString().length;
    }
  }

  // --- the pane ---

  class Pane {
    constructor(form, address) {
      Object.assign(this, { form, address, kind: "images", asking: null });
      this.cursor = new Cursor(form);
      this.status = make("p", "desk-preview-status");
      this.status.setAttribute("role", "status");
      this.paper = make("div", "desk-preview-paper");
      this.paper.tabIndex = 0;
      this.kinds = [this.choice("images", "版面"), this.choice("html", "网页")];
      this.element = make(
        "aside",
        "desk-preview",
        make(
          "div",
          "desk-preview-head",
          make("h2", "", "预览"),
          make("span", "desk-preview-kinds", ...this.kinds),
          this.button("刷新", () => this.refresh()),
          this.button("打开 PDF", () => this.openPdf()),
          this.button("关闭", () => this.close()),
        ),
        this.status,
        this.paper,
      );
      this.element.setAttribute("aria-label", "预览");
      this.element.hidden = true;
      document.body.append(this.element);
      this.element.addEventListener("keydown", ({ key }) => {
        if (key === "Escape") this.close();
      });
    }

    button(label, action) {
      const found = make("button", "desk-button", label);
      found.type = "button";
      found.addEventListener("click", action);
      return found;
    }

    choice(kind, label) {
      const found = this.button(label, () => {
        this.kind = kind;
        this.refresh();
      });
      found.dataset.kind = kind;
      return found;
    }

    open() {
      this.element.hidden = false;
      document.documentElement.classList.add("desk-split");
      this.refresh();
    }

    close() {
      this.element.hidden = true;
      document.documentElement.classList.remove("desk-split");
      tools.querySelector("button").focus();
    }

    toggle() {
      if (this.element.hidden) this.open();
      else this.close();
    }

    // --- asking ---

    async refresh(page = "") {
      if (this.element.hidden) return this.open();
      for (const kind of this.kinds) {
        kind.setAttribute("aria-pressed", String(kind.dataset.kind === this.kind));
      }
      const answer = await this.ask({ desk_as: this.kind, desk_show: page });
      if (!answer) return;
      if (this.kind === "html") await this.showPage(answer);
      else this.showImages(await answer.json());
    }

    // The answer, or nothing: then the pane says why and shows what it showed.
    async ask(more) {
      this.asking?.abort();
      const asking = (this.asking = new AbortController());
      this.say("正在排版…");
      this.element.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(this.address, {
          method: "POST",
          body: this.typed(more),
          signal: asking.signal,
        });
        if (answer.ok && !answer.redirected) return answer;
        this.say(await this.reason(answer), true);
      } catch {
        if (!asking.signal.aborted) this.say("连不上服务器，请稍后再刷新。", true);
      } finally {
        if (this.asking === asking) this.element.removeAttribute("aria-busy");
      }
      return null;
    }

    async reason(answer) {
      if (answer.redirected || answer.status === 403) return "登录已过期，请重新登录后再刷新。";
      if (!answer.headers.get("Content-Type")?.includes("json")) return "预览没有成功，请稍后再刷新。";
      return (await answer.json()).message;
    }

    typed(more) {
      for (const editor of Object.values(window.CKEDITOR?.instances ?? {})) editor.updateElement();
      const data = new FormData(this.form);
      for (const [name, value] of Object.entries({ ...this.cursor.place, ...more })) {
        data.set(name, value);
      }
      return data;
    }

    say(text, isFault = false) {
      this.status.textContent = text;
      this.status.classList.toggle("desk-status-fault", isFault);
    }

    // --- showing ---

    async showPage(answer) {
      const frame = make("iframe", "desk-preview-frame");
      frame.title = "网页预览";
      // No scripts run in it; without the same origin it could not be scrolled from here.
      frame.setAttribute("sandbox", "allow-same-origin");
      const [anchor, block] = [answer.headers.get("X-Anchor"), answer.headers.get("X-Block")];
      frame.addEventListener("load", () => this.scrollTo(frame.contentDocument, anchor, block));
      frame.srcdoc = await answer.text();
      this.paper.replaceChildren(frame);
      this.say(`${clock()} 刷新`);
    }

    scrollTo(page, anchor, block) {
      const place = anchor && page.getElementById(anchor);
      if (!place) return;
      const blocks = place.querySelector(".body, .briefs")?.children ?? [];
      const found = Number(block) > 0 ? (blocks[block] ?? place) : place;
      found.scrollIntoView({ block: "start" });
    }

    showImages({ page, pages, images }) {
      const numbers = Object.keys(images).map(Number);
      const shown = numbers.map((number) => {
        const image = make("img", "");
        Object.assign(image, { src: images[number], alt: `第${number}页`, width: 893, height: 1263 });
        return make("figure", "", image, make("figcaption", "", `第${number}页，共${pages}页`));
      });
      const [first, last] = [numbers[0], numbers.at(-1)];
      if (first > 1) shown.unshift(this.button("前面的页", () => this.refresh(first - 1)));
      if (last < pages) shown.push(this.button("后面的页", () => this.refresh(last + 1)));
      this.paper.replaceChildren(...shown);
      const figure = this.paper.querySelectorAll("figure")[page - first];
      this.paper.scrollTop = figure.offsetTop - this.paper.offsetTop;
      this.paper.dataset.page = page;
      this.say(`光标在第${page}页，共${pages}页 · ${clock()} 刷新`);
    }

    async openPdf() {
      // Opened at once: later the browser would take it for an advertisement.
      const tab = window.open("", "_blank");
      const answer = await this.ask({ desk_as: "pdf" });
      if (!answer || !tab) return tab?.close();
      const address = URL.createObjectURL(await answer.blob());
      tab.location = `${address}#page=${answer.headers.get("X-Page")}`;
      this.say(`${clock()} 已在新标签页打开`);
    }
  }

  // --- begin ---

  const begin = () => {
    const { preview, issue } = desk.dataset;
    const pane = new Pane(desk.closest("form"), `${preview}?issue=${issue}`);
    tools.hidden = false;
    // An issue's contents stand above its form: the button stands above both.
    document.querySelector("[data-tools-place]")?.append(tools);
    tools.querySelector("button").addEventListener("click", () => pane.toggle());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      pane.refresh();
    });
    const follow = (editor) => {
      pane.cursor.follow(editor);
      editor.on("key", (event) => {
        if (event.data.keyCode !== window.CKEDITOR.CTRL + 13) return;
        event.cancel();
        pane.refresh();
      });
    };
    for (const editor of Object.values(window.CKEDITOR?.instances ?? {})) follow(editor);
    window.CKEDITOR?.on("instanceCreated", ({ editor }) => follow(editor));
  };
  if (tools) begin();
}

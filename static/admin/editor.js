// The editor of bodies: levels by their Chinese names, pictures, and paste that comes out clean.
"use strict";

{
  const LEVELS = { p: "正文", h2: "一级标题 一、", h3: "二级标题（一）", h4: "三级标题 1." };
  const MOST_BYTES = 20 * 1024 * 1024;
  const TOO_LARGE = "图片太大（最大 20 MB），请缩小后再传";
  const NOT_SENT = "图片没有传上去：连不上服务器，或者登录已经过期。写好的内容都在，请稍后再试";

  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  // Sends a body and returns what the server says, {error} if it refuses; throws where it does not answer.
  const send = async (address, body, type) => {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": type, "X-CSRFToken": token() },
      // A login that has expired leads to its page: that is no answer.
      redirect: "manual",
      body,
    });
    const isAnswer = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!isAnswer) throw new Error(`no answer: ${response.status}`);
    return response.json();
  };

  const sendPicture = async (editor, file) => {
    if (file.size > MOST_BYTES) return { error: TOO_LARGE };
    const address = `${editor.element.getAttribute("data-picture")}?name=${encodeURIComponent(file.name ?? "")}`;
    try {
      return await send(address, file, "application/octet-stream");
    } catch {
      return { error: NOT_SENT };
    }
  };

  const say = (editor, message, type = "warning") => editor.showNotification(message, type, type === "info" ? 4000 : 0);

  const insert = (editor, html) => {
    editor.focus();
    editor.fire("saveSnapshot");
    editor.insertHtml(html);
    editor.fire("saveSnapshot");
  };

  const pictureHtml = (src, alt) => {
    const paragraph = document.createElement("p");
    paragraph.className = "ta-center";
    const picture = document.createElement("img");
    picture.src = src;
    picture.alt = alt;
    paragraph.append(picture);
    return paragraph.outerHTML;
  };

  // --- the dialog of a picture: a new one is chosen, any is described ---

  const DIALOG = `
    <form method="dialog">
      <h2></h2>
      <label class="picture-file">图片文件<input type="file" accept="image/jpeg,image/png,image/gif,image/webp,image/bmp,image/tiff"><span class="picture-choose"><span>选择文件</span><span class="picture-name"></span></span></label>
      <p class="picture-status" role="status" hidden></p>
      <p class="picture-error" role="alert" hidden></p>
      <img alt="" hidden>
      <label>图片说明<input type="text" maxlength="200" class="picture-alt" autocomplete="off"></label>
      <p class="picture-hint">说出图上是什么，例如“推进会会场”。不印在纸上，供读屏软件朗读；送审前必须填写。</p>
      <p class="picture-buttons"><button type="button" value="cancel">取消</button><button type="submit" class="picture-main"></button></p>
    </form>`;

  class PictureDialog {
    constructor() {
      this.dialog = document.createElement("dialog");
      this.dialog.className = "picture-dialog";
      this.dialog.innerHTML = DIALOG;
      const one = (selector) => this.dialog.querySelector(selector);
      [this.title, this.fileLabel, this.status, this.error] = ["h2", ".picture-file", ".picture-status", ".picture-error"].map(one);
      [this.preview, this.alt, this.main] = ["img", ".picture-alt", ".picture-main"].map(one);
      // The browser's own button may speak another language: it lies below ours.
      this.file = one("input[type=file]");
      this.name = one(".picture-name");
      this.title.id = "picture-dialog-title";
      this.dialog.setAttribute("aria-labelledby", this.title.id);
      this.file.addEventListener("change", () => this.take(this.file.files[0]));
      one("button[value=cancel]").addEventListener("click", () => this.dialog.close());
      one("form").addEventListener("submit", (event) => this.finish(event));
      this.dialog.addEventListener("close", () => this.editor.focus());
      document.body.append(this.dialog);
    }

    open(editor, picture = null) {
      this.editor = editor;
      this.picture = picture;
      this.src = picture?.getAttribute("src") ?? "";
      this.title.textContent = picture ? "图片说明" : "插入图片";
      this.main.textContent = picture ? "确定" : "插入";
      this.fileLabel.hidden = Boolean(picture);
      this.file.value = "";
      this.name.textContent = "还没有选择";
      this.alt.value = picture?.getAttribute("alt") ?? "";
      this.show({});
      this.dialog.showModal();
      (picture ? this.alt : this.file).focus();
    }

    show({ status = "", error = "" }) {
      this.status.textContent = status;
      this.status.hidden = !status;
      this.error.textContent = error;
      this.error.hidden = !error;
      this.preview.hidden = !this.src;
      if (this.src) this.preview.src = this.src;
      this.main.disabled = !this.src;
    }

    async take(file) {
      if (!file) return;
      this.src = "";
      this.name.textContent = file.name;
      this.show({ status: "正在上传……" });
      const answer = await sendPicture(this.editor, file);
      this.src = answer.src ?? "";
      this.show({ error: answer.error });
      if (this.src) this.alt.focus();
    }

    finish(event) {
      event.preventDefault();
      if (!this.src) return;
      const alt = this.alt.value.trim();
      this.dialog.close();
      if (!this.picture) {
        insert(this.editor, pictureHtml(this.src, alt));
        return;
      }
      this.editor.fire("saveSnapshot");
      this.picture.setAttribute("alt", alt);
      this.editor.fire("saveSnapshot");
      this.editor.fire("change");
    }
  }

  let dialog = null;
  const openDialog = (editor, picture) => (dialog ??= new PictureDialog()).open(editor, picture);

  CKEDITOR.plugins.add("picture", {
    init(editor) {
      editor.addCommand("picture", { exec: (it) => openDialog(it, null) });
      editor.ui.addButton("Picture", { label: "插入图片", command: "picture", toolbar: "insert" });
      editor.on("doubleclick", ({ data }) => {
        if (data.element.is("img") && !data.element.isReadOnly()) openDialog(editor, data.element);
      });
    },
  });

  // --- paste ---

  const isPicture = (file) => file.type.startsWith("image/");

  const takeFiles = async (editor, files) => {
    const pictures = files.filter(isPicture);
    if (pictures.length < files.length) say(editor, "只能粘贴或拖入图片；Word 文件请打开后复制其中的内容");
    for (const file of pictures) {
      const progress = editor.showNotification("正在上传图片……", "progress", 0);
      const answer = await sendPicture(editor, file);
      progress.hide();
      if (answer.error) say(editor, answer.error);
      else insert(editor, pictureHtml(answer.src, ""));
    }
    if (editor.document?.find("img:not([alt]), img[alt='']").count()) say(editor, "请双击图片填写图片说明，送审前必须填写", "info");
  };

  const pasteCleaned = async (editor, data, html, rtf) => {
    let answer;
    const wait = setTimeout(() => say(editor, "正在整理粘贴的内容……", "info"), 700);
    try {
      answer = await send(editor.element.getAttribute("data-paste"), JSON.stringify({ html, rtf }), "application/json");
    } catch {
      // What was copied is not lost: the editor's own filter is coarser.
      editor.fire("paste", { ...data, type: "html", dataValue: data.dataValue || html, isOurs: true });
      say(editor, "没有连上服务器，格式只作了粗略清理；保存时还会再清理一次");
      return;
    } finally {
      clearTimeout(wait);
    }
    if (answer.error) {
      say(editor, answer.error);
      return;
    }
    insert(editor, answer.html);
    if (answer.notice) say(editor, answer.notice);
  };

  const onPaste = (event) => {
    const { editor, data } = event;
    const transfer = data.dataTransfer;
    if (data.isOurs || transfer.getTransferType(editor) === CKEDITOR.DATA_TRANSFER_INTERNAL) return;
    const html = transfer.getData("text/html", true);
    const count = transfer.getFilesCount();
    if (html && data.type !== "text") {
      event.cancel();
      pasteCleaned(editor, data, html, transfer.getData("text/rtf", true));
    } else if (count) {
      event.cancel();
      takeFiles(editor, Array.from({ length: count }, (_, at) => transfer.getFile(at)));
    }
  };

  CKEDITOR.on("instanceCreated", ({ editor }) => {
    editor.on("langLoaded", () => {
      for (const [tag, name] of Object.entries(LEVELS)) editor.lang.format[`tag_${tag}`] = name;
      Object.assign(editor.lang.format, { label: "层次", panelTitle: "层次" });
    });
    // Its own label, for those who hear the page, ends in the name of the field.
    editor.on("instanceReady", () => editor.container.findOne(".cke_voice_label")?.setText(editor.title));
    // Before the editor's own filters.
    editor.on("paste", onPaste, null, null, 0);
  });
}

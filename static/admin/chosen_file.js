// A browser words its own button for files in its own language; ours is in Chinese.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("input[type=file]")) {
    const button = document.createElement("button");
    const name = document.createElement("span");
    const say = () => {
      name.textContent = [...input.files].map((file) => file.name).join("、") || "还没有选择文件";
    };
    button.type = "button";
    button.className = "chosen-file-button";
    button.textContent = "选择文件";
    button.addEventListener("click", () => input.click());
    name.className = "chosen-file-name";
    name.setAttribute("aria-live", "polite");
    input.classList.add("chosen-file-input");
    input.tabIndex = -1;
    input.addEventListener("change", say);
    // Coming back by the browser's own button may have kept the choice.
    window.addEventListener("pageshow", say);
    input.after(button, name);
    say();
  }
});

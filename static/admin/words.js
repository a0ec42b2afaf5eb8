// What the browser and the skin would say in a language of their own, and where the skin slips.
"use strict";

// The skin measures its tabs while the page is not laid out yet, and folds away what has
// room; each resize takes one tab out again.
window.addEventListener("load", () => {
  const folded = document.querySelectorAll("#tabs-dropdown > *").length;
  for (let tab = 0; tab < folded; tab += 1) window.dispatchEvent(new Event("resize"));
});

document.addEventListener("DOMContentLoaded", () => {
  // Before simplebar itself: it reads the words from here.
  for (const box of document.querySelectorAll("[data-simplebar]")) {
    box.dataset.simplebarAriaLabel = "可滚动的内容";
  }
  // Screen readers jump there.
  const main = document.querySelector("#main");
  if (main && !document.querySelector("main")) main.setAttribute("role", "main");

  // The skin opens its menu by a picture: here the keyboard and the screen reader find it.
  for (const picture of document.querySelectorAll("span[x-on\\:click*=sidebar]")) {
    picture.setAttribute("role", "button");
    picture.setAttribute("aria-label", "打开或收起菜单");
    picture.title = "打开或收起菜单";
    picture.tabIndex = 0;
    picture.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      picture.click();
    });
  }

  // A browser words its own button for files in its own language.
  for (const input of document.querySelectorAll("input[type=file]")) {
    const button = document.createElement("button");
    const name = document.createElement("span");
    const say = () => {
      name.textContent = [...input.files].map((file) => file.name).join("、") || "还没有选择文件";
    };
    // The skin would look for a text field beside it, and stumble where there is none.
    input.hasChangeListener = true;
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

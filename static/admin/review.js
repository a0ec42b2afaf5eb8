// What the review page does better with scripts; without them it works as well.
"use strict";

for (const button of document.querySelectorAll("[data-close]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest("details").removeAttribute("open"));
}

// A second click must not send the same move again; publishing takes some seconds.
for (const form of document.querySelectorAll(".sheet form, form.sheet")) {
  form.addEventListener("submit", (event) => {
    // Not before the form is read: the pressed button is part of it.
    setTimeout(() => {
      if (event.defaultPrevented) return;
      for (const button of form.querySelectorAll("button:not([data-close])")) {
        button.disabled = true;
        button.textContent = "正在办理…";
      }
    });
  });
}

// Coming back by the browser's own button shows the page as it was: usable again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// The PDF pages are rendered when somebody wants to see them.
for (const pages of document.querySelectorAll("[data-pages]")) {
  pages.hidden = false;
  pages.addEventListener("toggle", () => {
    if (!pages.open || pages.querySelector("iframe")) return;
    const frame = document.createElement("iframe");
    frame.title = "PDF 版面";
    frame.src = pages.dataset.pages;
    pages.append(frame);
  });
}

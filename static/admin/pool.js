// The name of the file that was chosen, in our own words beside our own button.
"use strict";

for (const choice of document.querySelectorAll(".file-choice")) {
  const input = choice.querySelector("input[type=file]");
  const name = choice.querySelector("[data-file-name]");
  const nothing = name.textContent;
  const show = () => (name.textContent = input.files[0]?.name ?? nothing);
  input.addEventListener("change", show);
  show();
}

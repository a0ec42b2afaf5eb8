// The sample of the masthead says what is typed beside it. Text is only ever set as text.
"use strict";

{
  const sample = document.querySelector("[data-masthead]");
  const form = document.querySelector("#bulletin_form");
  const field = (name) => form?.elements.namedItem(name);

  const show = () => {
    for (const place of sample.querySelectorAll("[data-shows]")) {
      const input = field(place.dataset.shows);
      if (!input) continue;
      const typed = input.value.trim();
      place.textContent = typed || place.dataset.empty || "";
      place.classList.toggle("masthead-missing", !typed);
      place.hidden = !place.textContent;
    }
    for (const place of sample.querySelectorAll("[data-shows-if]")) {
      const input = field(place.dataset.showsIf);
      if (input) place.hidden = !input.checked;
    }
    const red = field("red")?.value ?? sample.dataset.red;
    if (/^#[0-9a-f]{6}$/i.test(red)) sample.style.setProperty("--masthead-red", red);
  };

  if (sample && form) {
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    show();
  }
}

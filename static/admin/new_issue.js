// The page of a new issue: numbers are proposed anew when another bulletin, kind or year is chosen.
"use strict";

{
  const form = document.querySelector("#issue_form");
  const place = document.querySelector("[data-proposal]");
  const told = place.querySelector("[data-takes-over]");
  const field = (name) => form.elements.namedItem(name);
  const number = field("planned_number");
  const total = field("planned_total_number");
  // What the person typed over a proposal is theirs, also where it came back as wrong.
  let proposed = "refused" in place.dataset ? {} : { number: number.value, total: total.value };
  let asked = 0;

  const propose = async () => {
    const turn = ++asked;
    if (!field("bulletin").value) return;
    const query = new URLSearchParams({
      bulletin: field("bulletin").value,
      kind: field("kind").value,
      date: field("date").value,
    });
    const response = await fetch(`${place.dataset.proposal}?${query}`).catch(() => null);
    if (!response?.ok || turn !== asked) return;
    const found = await response.json();
    if (number.value === proposed.number) number.value = found.number;
    if (total.value === proposed.total) total.value = found.total_number ?? "";
    proposed = { number: String(found.number), total: String(found.total_number ?? "") };
    told.textContent = found.takes_over;
    const line = total.closest(".field-planned_total_number, .form-row > *");
    if (line) line.hidden = found.total_number === null && !total.value;
  };

  for (const name of ["bulletin", "kind", "date"]) field(name).addEventListener("change", propose);
  propose();

  form.addEventListener("submit", () => {
    // Not before the form is read: the pressed button is part of it.
    setTimeout(() => document.querySelector("#submit-row button").setAttribute("disabled", ""));
  });
  window.addEventListener("pageshow", () => document.querySelector("#submit-row button").removeAttribute("disabled"));
}

// Marks in the contents beside an issue where the reader is, and lets keys scroll a table
// that is too wide; reading works without it.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const links = [...document.querySelectorAll(".beside a[href^='#']")];
  const places = links.map((link) => document.getElementById(link.hash.slice(1)));
  const mark = () => {
    const line = window.innerHeight / 3;
    const past = places.filter((place) => place && place.getBoundingClientRect().top < line);
    const current = past.length ? places.indexOf(past.at(-1)) : -1;
    links.forEach((link, at) => {
      if (at === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    });
  };
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  };
  if (links.length) {
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later, { passive: true });
    mark();
  }

  const boxes = [...document.querySelectorAll(".table-box")];
  const letKeysScroll = () => {
    for (const box of boxes) {
      if (box.scrollWidth <= box.clientWidth) box.removeAttribute("tabindex");
      else box.tabIndex = 0;
    }
  };
  addEventListener("resize", letKeysScroll, { passive: true });
  letKeysScroll();
});

// Remembers the size of the text a reader chose; choosing works without this file.
"use strict";
(() => {
  const KEY = "bulletin-text-size";
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (size) => { try { localStorage.setItem(KEY, size); } catch { /* not allowed to */ } };
  const isKnown = (size) => ["normal", "large", "largest"].includes(size);

  // Before anything is drawn, so that the text does not jump.
  if (isKnown(kept())) root.dataset.size = kept();

  document.addEventListener("DOMContentLoaded", () => {
    for (const choice of document.querySelectorAll("input[name=text-size]")) {
      if (root.dataset.size) choice.checked = choice.value === root.dataset.size;
      choice.addEventListener("change", () => {
        root.dataset.size = choice.value;
        keep(choice.value);
      });
    }
  });
})();

// What was typed and not saved is not left without a question.
"use strict";

{
  // A form that came back with errors holds what is saved nowhere.
  let isTyped = "refused" in document.currentScript.dataset;
  const form = document.querySelector("#issue_form");
  const isTypedInEditor = () =>
    Object.values(window.CKEDITOR?.instances ?? {}).some((editor) => editor.checkDirty());
  let isSaving = false;

  form.addEventListener("input", () => (isTyped = true));
  form.addEventListener("change", () => (isTyped = true));
  form.addEventListener("submit", () => (isSaving = true));
  window.addEventListener("beforeunload", (event) => {
    if (!isSaving && (isTyped || isTypedInEditor())) event.preventDefault();
  });
}

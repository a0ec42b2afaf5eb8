// Returns the faults of the page as sentences: what WCAG 2.1 AA asks and a script can tell.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const words = (element) => element.textContent.trim().slice(0, 20);

  if (document.documentElement.lang !== "zh-CN") faults.push("the language is not told");
  if (!document.title.trim()) faults.push("the page has no title");
  if (/maximum-scale|user-scalable/.test(document.querySelector("meta[name=viewport]")?.content ?? "no viewport")) faults.push("zooming is hindered");

  for (const [selector, wanted] of [["h1", 1], ["main", 1], ["body > header", 1], ["body > footer", 1]]) {
    const found = all(selector).length;
    if (found !== wanted) faults.push(`${found} of ${selector}`);
  }
  for (const nav of all("nav")) if (!nav.ariaLabel && !nav.getAttribute("aria-labelledby")) faults.push("a nav without a name");
  for (const element of all("body *")) {
    const holder = element.closest("header, nav, main, footer, .skip");
    if (!holder && words(element)) faults.push(`outside all landmarks: ${words(element)}`);
  }

  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`h${own} after h${level}: ${words(heading)}`);
    level = own;
  }

  const seen = new Set();
  for (const element of all("[id]")) {
    if (seen.has(element.id)) faults.push(`id twice: ${element.id}`);
    seen.add(element.id);
  }
  for (const element of all("[aria-labelledby]")) if (!seen.has(element.getAttribute("aria-labelledby"))) faults.push(`named by nothing: ${element.outerHTML.slice(0, 60)}`);
  for (const link of all("a, button")) {
    if (!(link.ariaLabel || link.textContent).trim()) faults.push(`without a name: ${link.outerHTML.slice(0, 60)}`);
    const target = link.getAttribute("href");
    if (target?.startsWith("#") && !seen.has(decodeURIComponent(target.slice(1)))) faults.push(`leads nowhere: ${target}`);
  }
  for (const image of all("img")) if (!image.hasAttribute("alt")) faults.push("a picture without words");
  for (const time of all("time")) if (!/^\d{4}-\d\d-\d\d/.test(time.dateTime)) faults.push(`a date only for people: ${words(time)}`);
  for (const list of all("ul, ol")) for (const child of list.children) if (child.tagName !== "LI") faults.push(`${child.tagName} in a list`);

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const paper = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const element of all("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!hasText || !shown(element)) continue;
    const style = getComputedStyle(element);
    const [dark, light] = [luminance(numbers(style.color)), luminance(paper(element))].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)} : 1 ${style.color} on ${paper(element)}: ${words(element)}`);
  }
  return faults;
}

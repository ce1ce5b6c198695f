/*
 * What is wider than its place scrolls by itself. A formula in the text gets the class for it
 * (book.css: .wide). Code scrolls anyway, but the theme lets the keyboard reach only what was too
 * wide when the page opened, not what was folded then.
 */
(async () => {
  const lineOf = (node) => {
    let block = node.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    return block.clientWidth;
  };
  const fit = () => {
    const formulas = [...document.querySelectorAll("mjx-container:not([display])")];
    for (const formula of formulas) formula.classList.remove("wide");
    const wide = formulas.filter((node) => node.getBoundingClientRect().width > lineOf(node));
    for (const formula of wide) formula.classList.add("wide");
    for (const code of document.querySelectorAll("pre")) {
      code.tabIndex = code.scrollWidth > code.clientWidth ? 0 : -1;
    }
  };
  await window.MathJax?.startup.promise;
  new ResizeObserver(fit).observe(document.querySelector("main"));
})();

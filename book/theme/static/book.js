/* A formula in the text that is wider than its line scrolls by itself (book.css: .wide). */
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
  };
  await window.MathJax?.startup.promise;
  new ResizeObserver(fit).observe(document.querySelector("main"));
})();

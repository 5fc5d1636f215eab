// What the tests ask of a page that is shown: lists of what is wrong, empty where all is well.
() => {
  const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
  const say = (one) => (one.textContent ?? "").trim().slice(0, 40);

  const wide = [...document.querySelectorAll("body *")].filter((one) => shown(one) && !one.closest(".wide > *, pre > *, .skip")
    && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => `${one.tagName} ${one.className} ${say(one)}`);

  const corners = (one) => {
    const svg = one.ownerSVGElement;
    if (!svg) {
      const box = one.getBoundingClientRect();
      return [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]];
    }
    const box = one.getBBox(), matrix = one.getScreenCTM();
    // The box of a text is as high as its font allows; letters fill less of it.
    const top = box.y + 0.15 * box.height, bottom = box.y + 0.85 * box.height;
    return [[box.x, top], [box.x + box.width, top], [box.x + box.width, bottom], [box.x, bottom]]
      .map(([x, y]) => [matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f]);
  };
  // Two convex shapes are apart where some side of one separates them.
  const overlap = (a, b) => ![a, b].some((shape) => shape.some((point, k) => {
    const next = shape[(k + 1) % shape.length], normal = [next[1] - point[1], point[0] - next[0]];
    const along = (other) => other.map(([x, y]) => x * normal[0] + y * normal[1]);
    const [first, second] = [along(a), along(b)], slack = 1e-3 * Math.hypot(...normal);
    return Math.max(...first) <= Math.min(...second) + slack || Math.max(...second) <= Math.min(...first) + slack;
  }));
  const overlaps = [];
  const groups = [[...document.querySelectorAll("h1, h2, h3, h4, figcaption, p, dt, dd, th, td, pre, li")],
    ...[...document.querySelectorAll(".view svg")].map((svg) => [...svg.querySelectorAll("text")])];
  for (const group of groups) {
    const texts = group.filter((one) => shown(one) && say(one)).map((one) => [one, corners(one)]);
    texts.forEach(([one, box], k) => texts.slice(k + 1).forEach(([other, its]) => {
      if (!one.contains(other) && overlap(box, its)) overlaps.push(`${say(one)} | ${say(other)}`);
    }));
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const cellBehind = (text) => {
    const box = text.getBoundingClientRect(), x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const cells = [...text.ownerSVGElement.querySelectorAll(".mark-rect path")].filter((cell) => {
      const its = cell.getBoundingClientRect();
      const style = getComputedStyle(cell);
      return style.fill !== "none" && Number(style.opacity) * Number(style.fillOpacity) > 0.9
        && its.left < x && x < its.right && its.top < y && y < its.bottom;
    });
    return cells.length ? rgba(getComputedStyle(cells.at(-1)).fill) : behind(text.closest(".view"));
  };
  const faint = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const one = nodes.currentNode.parentElement;
    if (!nodes.currentNode.data.trim() || !shown(one) || one.closest("script, style, .skip, noscript")) continue;
    const ink = rgba(one.ownerSVGElement ? getComputedStyle(one).fill : getComputedStyle(one).color);
    const ratio = contrast(ink, one.ownerSVGElement ? cellBehind(one) : behind(one));
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${say(one)}`);
  }

  const bare = [...document.querySelectorAll(".view")].filter((view) => ![...view.querySelectorAll(
    ".role-mark path, .role-mark line, .role-mark text")].some((mark) => mark.getBoundingClientRect().width
      + mark.getBoundingClientRect().height > 0)).map((view) => view.getAttribute("aria-label"));
  return {wide, overlaps, faint, bare, page: document.documentElement.scrollWidth - innerWidth};
}

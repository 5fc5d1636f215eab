// Draws the figures, as wide as there is room for them, in the colours of the reader's theme; again where either changes.
const views = JSON.parse(document.getElementById("page-figures").textContent);
const inDark = JSON.parse(document.getElementById("page-dark").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const texts = new Set(["data", "datasets", "domain", "sort", "title", "text", "field", "test"]);

const recoloured = (value, key) => {
  if (typeof value === "string") return inDark[value] ?? value;
  if (texts.has(key) && (Array.isArray(value) || key === "data" || key === "datasets")) return value;
  if (Array.isArray(value)) return value.map((one) => recoloured(one, ""));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) =>
    [name, texts.has(name) && typeof one === "string" ? one : recoloured(one, name)]));
};

// Every view as wide as a share of what it is, with ticks for that width.
const narrowed = (spec, share) => {
  if (share === 1) return spec;
  if (spec.concat) return {...spec, concat: spec.concat.map((one) => narrowed(one, share))};
  if (typeof spec.width !== "number") return spec;
  const width = Math.max(120, Math.floor(spec.width * share));
  return {...spec, width, layer: spec.layer?.map((one) => withTicks(one, Math.max(2, Math.floor(width / 60))))};
};
const withTicks = (layer, count) => {
  const mark = layer.mark?.limit > 130 ? {...layer.mark, limit: 130} : layer.mark;
  const x = layer.encoding?.x, axis = x?.axis;
  if (!axis?.tickCount) return {...layer, mark};
  const fewer = {...axis, tickCount: Math.min(axis.tickCount, count)};
  return {...layer, mark, encoding: {...layer.encoding, x: {...x, axis: fewer}}};
};

const widthOf = (place) => Math.floor(place.parentElement.clientWidth || document.querySelector("main").clientWidth - 32);

const embed = async (place, spec) => {
  const result = await vegaEmbed(place, spec, {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
    tooltip: {theme: dark.matches ? "dark" : "light"},
  });
  return result;
};

const draw = async (place) => {
  const room = widthOf(place);
  let spec = views[Number(place.dataset.place)];
  if (dark.matches) spec = recoloured(spec, "");
  spec = {...spec, config: {...spec.config, aria: false, background: "transparent"}};
  if (room < 520) {
    const legend = {...spec.config.legend, columns: 2, labelLimit: 140};
    spec = {...spec, config: {...spec.config, legend, axis: {...spec.config.axis, labelLimit: 120}}};
    if (spec.concat) spec.columns = 1;
  }
  place.view?.finalize();
  let share = 1;
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const result = await embed(place, narrowed(spec, share));
    place.view = result;
    const needed = Number(place.querySelector("svg").getAttribute("width"));
    if (needed <= room) break;
    result.finalize();
    share *= Math.max(0.3, (room - (needed - share * widest(spec))) / (share * widest(spec)));
  }
  place.parentElement.classList.add("live");
  place.dataset.drawn = "yes";
};

const widest = (spec) => spec.concat
  ? Math.max(...rowsOf(spec.concat, spec.columns ?? spec.concat.length).map((row) => row.reduce((sum, one) => sum + one.width, 0)))
  : (spec.width ?? 1);
const rowsOf = (all, many) => all.length ? [all.slice(0, many), ...rowsOf(all.slice(many), many)] : [];

let turn = Promise.resolve();
const drawAll = () => {
  turn = turn.then(async () => {
    for (const place of document.querySelectorAll(".view")) await draw(place);
    document.documentElement.dataset.figures = "drawn";
  });
};
let waiting;
let lastWidth = innerWidth;
const later = () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 200);
};
drawAll();
addEventListener("resize", later);
dark.addEventListener("change", drawAll);

// Pictures of a scene, and small curves of what is read from it.

export class Pictures {
  // `hand` hears pointer events of the imagined picture: (event, x, y) in pixels of the frame.
  constructor(place, hand) {
    this.place = place;
    this.hand = hand;
    this.figures = new Map();
    this.timers = [];
  }

  draw(panels, pixels, tick) {
    this.timers.forEach(clearTimeout);
    this.timers = [];
    const names = new Set(panels.map((panel) => panel.name.replace(/^[\d.]+ frames/, "frames")));
    for (const [name, figure] of this.figures) if (!names.has(name)) { figure.remove(); this.figures.delete(name); }
    let offset = 0;
    for (const panel of panels) {
      const [count, height, width] = panel.shape;
      const canvas = this.canvas(panel.name, width, height);
      for (let i = 0; i < count; i++) {
        const image = picture(pixels, offset, width, height);
        offset += 3 * width * height;
        if (i === 0) pen(canvas).putImageData(image, 0, 0);
        // A level that is faster than the beliefs has several frames a step: they share its time.
        else this.timers.push(setTimeout(() => pen(canvas).putImageData(image, 0, 0), (tick * i) / count));
      }
    }
  }

  canvas(name, width, height) {
    const key = name.replace(/^[\d.]+ frames/, "frames");
    let figure = this.figures.get(key);
    if (!figure) {
      figure = document.createElement("figure");
      figure.append(document.createElement("figcaption"), document.createElement("canvas"));
      figure.className = name.startsWith("imagined") ? "imagined" : "";
      figure.dataset.name = key;
      figure.lastChild.className = "picture";
      if (figure.className) this.listen(figure.lastChild);
      this.figures.set(key, figure);
      this.place.append(figure);
    }
    figure.firstChild.textContent = name;
    const canvas = figure.lastChild;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    return canvas;
  }

  listen(canvas) {
    for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, (event) => {
        const box = canvas.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * canvas.width;
        const y = ((event.clientY - box.top) / box.height) * canvas.height;
        this.hand(event, x, y, canvas);
      });
    }
  }

  imagined() {
    const figures = [...this.figures.values()].filter((figure) => figure.className.includes("imagined"));
    return figures.length ? figures[figures.length - 1].lastChild : null;
  }

  clear() {
    this.figures.forEach((figure) => figure.remove());
    this.figures.clear();
  }
}

// Small pictures are put in from memory: a canvas on the GPU would be slower, without one much so.
function pen(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

function picture(bytes, offset, width, height) {
  const image = new ImageData(width, height);
  for (let from = offset, to = 0; to < image.data.length; from += 3, to += 4) {
    image.data[to] = bytes[from];
    image.data[to + 1] = bytes[from + 1];
    image.data[to + 2] = bytes[from + 2];
    image.data[to + 3] = 255;
  }
  return image;
}

export class Curves {
  constructor(place) {
    this.place = place;
    this.lines = new Map();
  }

  clear() {
    this.place.replaceChildren();
    this.lines.clear();
  }

  // Values by name at one moment; what was drawn of later moments is forgotten.
  add(moment, values) {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) continue;
      if (!this.lines.has(name)) this.lines.set(name, this.line(name));
      const line = this.lines.get(name);
      line.values.length = Math.min(line.values.length, moment);
      line.values[moment] = value;
      line.number.textContent = value.toPrecision(3);
      draw(line);
    }
  }

  line(name) {
    const box = document.createElement("div");
    box.className = "reading";
    const label = document.createElement("span");
    label.textContent = name;
    const number = document.createElement("b");
    const canvas = document.createElement("canvas");
    canvas.width = 560;
    canvas.height = 68;
    box.append(label, number, canvas);
    this.place.append(box);
    return { values: [], number, canvas };
  }
}

function draw({ values, canvas }) {
  const shown = values.slice(-120);
  const known = shown.filter((value) => value !== undefined);
  const least = Math.min(...known), most = Math.max(...known);
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = "#6ea8fe";
  pen.lineWidth = 3;
  pen.beginPath();
  shown.forEach((value, i) => {
    if (value === undefined) return;
    const share = most > least ? (value - least) / (most - least) : 0.5;
    pen.lineTo(6 + (i / Math.max(shown.length - 1, 1)) * (canvas.width - 12), canvas.height - 6 - share * (canvas.height - 12));
  });
  pen.stroke();
}

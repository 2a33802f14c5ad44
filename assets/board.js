// Moves bookings on a board: by dragging, or with the arrow keys. Nothing is saved here. What a move
// would come to is asked of the server; "Check and move" leads to the form that moves it.
const CELL_MS = 5 * 60 * 1000;
const FAR_ENOUGH = 5; // pixels: less is a click
const PATIENCE = 350; // milliseconds between the last key and the question

class Board {
  constructor(element) {
    this.element = element;
    this.lines = [...element.querySelectorAll("[data-row]")];
    this.first = Date.parse(element.dataset.first);
    this.isRowsOnly = element.dataset.axis === "rows";
    this.panel = document.getElementById("board-check");
    this.cells = getComputedStyle(this.lines[0]).gridTemplateColumns.split(" ").length;
    this.move = null; // the one booking that is out of its place
    this.drag = null;
    this.asked = null;
    element.addEventListener("pointerdown", (event) => this.grab(event));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("click", (event) => this.click(event), true);
    element.addEventListener("dragstart", (event) => event.preventDefault());
    this.panel.addEventListener("click", (event) => this.press(event));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.undo();
    });
  }

  // Where a booking is and was: line is its row, cell its first five minutes.
  take(block) {
    if (this.move?.block === block) return this.move;
    this.undo({ quietly: true });
    const line = block.closest("[data-row]");
    const from = block.cloneNode(true);
    from.classList.add("avl-block--from");
    for (const name of ["href", "data-reference", "data-cell"]) from.removeAttribute(name);
    from.setAttribute("aria-hidden", "true");
    const cell = Number(block.dataset.cell);
    const around = [...this.element.querySelectorAll(`[data-of="${block.dataset.reference}"]`)]
      .filter((mark) => mark.parentElement === line)
      .map((mark) => ({ mark, cell: Number(/avl-at-(\d+)/.exec(mark.className)[1]) }));
    const next = block.nextSibling;
    const said = block.querySelector(".avl-block__more").textContent;
    this.move = { block, from, home: line, homeCell: cell, line, cell, next, around, said };
    return this.move;
  }

  place(line, cell) {
    const move = this.move;
    const span = Number(/avl-for-(\d+)/.exec(move.block.className)[1]);
    move.line = line;
    move.cell = this.isRowsOnly
      ? move.homeCell
      : Math.min(Math.max(cell, 0), this.cells - span);
    const isAway = line !== move.home || move.cell !== move.homeCell;
    const hadFocus = document.activeElement === move.block;
    if (move.block.parentElement !== line) {
      line.append(move.block);
      if (hadFocus) move.block.focus({ preventScroll: true });
    }
    move.block.style.gridColumnStart = String(move.cell + 1);
    move.block.querySelector(".avl-block__more").textContent = isAway
      ? this.timeOf(move.cell)
      : move.said;
    // Its conferences go with it, as far as the board reaches.
    for (const { mark, cell: at } of move.around) {
      const cell = at + move.cell - move.homeCell;
      if (mark.parentElement !== line) line.prepend(mark);
      mark.hidden = cell < 0 || cell >= this.cells;
      if (!mark.hidden) mark.style.gridColumnStart = String(cell + 1);
    }
    move.block.classList.toggle("avl-block--moved", isAway);
    move.block.classList.remove("avl-block--fits", "avl-block--clash");
    if (isAway) move.home.append(move.from);
    else move.from.remove();
    this.forgetOffers();
    return isAway;
  }

  // What the clock on the wall says at a cell: hours as the board's head has them.
  timeOf(cell) {
    const hour = this.element.querySelectorAll(".avl-board__hour")[Math.floor(cell / 12)];
    const minutes = String((cell % 12) * 5).padStart(2, "0");
    return hour ? hour.textContent.replace(":00", `:${minutes}`) : "";
  }

  undo({ quietly = false } = {}) {
    clearTimeout(this.soon);
    this.asked?.abort();
    const move = this.move;
    if (!move) return;
    this.place(move.home, move.homeCell);
    move.home.insertBefore(move.block, move.next);
    move.block.style.removeProperty("grid-column-start");
    this.move = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
    if (!quietly) move.block.focus();
  }

  grab(event) {
    const block = event.target.closest("[data-reference]");
    if (!block || event.button !== 0 || event.ctrlKey || event.metaKey) return;
    const width = this.lines[0].getBoundingClientRect().width / this.cells;
    this.drag = { block, x: event.clientX, y: event.clientY, width, isMoving: false };
    const onMove = (one) => this.pull(one);
    const onEnd = (one) => {
      document.removeEventListener("pointermove", onMove);
      document.removeEventListener("pointerup", onEnd);
      document.removeEventListener("pointercancel", onEnd);
      this.drop(one);
    };
    document.addEventListener("pointermove", onMove);
    document.addEventListener("pointerup", onEnd);
    document.addEventListener("pointercancel", onEnd);
  }

  pull(event) {
    const drag = this.drag;
    const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.isMoving) {
      if (Math.hypot(right, down) < FAR_ENOUGH) return;
      drag.isMoving = true;
      drag.cell = this.take(drag.block).cell;
    }
    const line = this.lines.find((one) => {
      const box = one.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY < box.bottom;
    });
    this.place(line ?? this.move.line, drag.cell + Math.round(right / drag.width));
  }

  drop(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag?.isMoving) return;
    this.wasDragged = drag.block;
    // The click that ends a drag is no click; without one this must not swallow the next.
    setTimeout(() => (this.wasDragged = null));
    if (event.type === "pointercancel") this.undo();
    else this.check();
  }

  click(event) {
    if (this.wasDragged && event.target.closest(".avl-block") === this.wasDragged) {
      event.preventDefault();
      this.wasDragged = null;
    }
  }

  key(event) {
    const block = event.target.closest("[data-reference]");
    if (!block || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOut = this.move?.block === block;
    const steps = event.shiftKey ? 3 : 1;
    const by = { ArrowLeft: [-steps, 0], ArrowRight: [steps, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (by[event.key]) {
      event.preventDefault();
      this.step(block, ...by[event.key]);
    } else if (event.key === "Escape" && isOut) {
      event.preventDefault();
      this.undo();
    } else if (event.key === "Enter" && isOut) {
      event.preventDefault();
      this.check({ andRead: true });
    }
  }

  step(block, right, down) {
    const move = this.take(block);
    const row = this.lines.indexOf(move.line) + down;
    const line = this.lines[Math.min(Math.max(row, 0), this.lines.length - 1)];
    clearTimeout(this.soon);
    if (this.place(line, move.cell + right)) {
      block.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.soon = setTimeout(() => this.check(), PATIENCE);
    } else {
      this.undo();
    }
  }

  // Ask the server what the move would come to, and say it.
  async check({ andRead = false } = {}) {
    clearTimeout(this.soon);
    this.asked?.abort();
    const move = this.move;
    if (!move) return;
    if (move.line === move.home && move.cell === move.homeCell) return this.undo();
    this.asked = new AbortController();
    const body = new URLSearchParams({
      reference: move.block.dataset.reference,
      start: new Date(this.first + move.cell * CELL_MS).toISOString(),
      row: move.line.dataset.row,
      from: move.home.dataset.row,
    });
    const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    try {
      const answer = await fetch(this.element.dataset.try, {
        method: "POST",
        body,
        headers: { ...headers, Accept: "text/html" },
        signal: this.asked.signal,
      });
      if (this.move !== move) return;
      if (![200, 403, 404, 409, 422].includes(answer.status)) throw new Error("no answer");
      this.panel.innerHTML = await answer.text();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.panel.textContent = "It could not be checked just now. Use Move in the list instead.";
    }
    this.panel.hidden = false;
    this.show(move);
    if (andRead) this.panel.focus();
  }

  show(move) {
    const verdict = this.panel.querySelector("[data-verdict]")?.dataset.verdict;
    move.block.classList.toggle("avl-block--fits", verdict === "fits");
    move.block.classList.toggle("avl-block--clash", verdict !== "fits");
    this.forgetOffers();
    for (const offer of this.panel.querySelectorAll("[data-avl-to]")) {
      const mark = document.createElement("span");
      mark.className = "avl-block avl-block--offer";
      mark.setAttribute("aria-hidden", "true");
      mark.style.gridColumnStart = String(this.cellOf(offer) + 1);
      mark.classList.add(/avl-for-\d+/.exec(move.block.className)[0]);
      this.lineOf(offer)?.append(mark);
    }
  }

  forgetOffers() {
    for (const mark of this.element.querySelectorAll(".avl-block--offer")) mark.remove();
  }

  cellOf(offer) {
    return Math.round((Date.parse(offer.dataset.start) - this.first) / CELL_MS);
  }

  lineOf(offer) {
    return this.lines.find((line) => line.dataset.row === offer.dataset.row);
  }

  press(event) {
    const to = event.target.closest("[data-avl-to]");
    if (to && this.move) {
      this.place(this.lineOf(to) ?? this.move.line, this.cellOf(to));
      this.check({ andRead: true });
    } else if (event.target.closest("[data-avl-undo]")) {
      this.undo();
    }
  }
}

for (const element of document.querySelectorAll("[data-avl-board]")) {
  if (!element.querySelector("[data-row]")) continue;
  new Board(element);
  document.querySelectorAll("[data-avl-board-hint]").forEach((hint) => (hint.hidden = false));
}

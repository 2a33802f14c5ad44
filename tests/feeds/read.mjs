// Reads a calendar from standard input with a library that is not ours, and prints what it found:
// one JSON line an entry, times as UTC instants.
import { readFileSync } from "node:fs";

const text = readFileSync(0, "utf8");
const found = [];

function add(uid, start, end, summary, status, sequence) {
  found.push({
    uid,
    start: start.toISOString(),
    end: end.toISOString(),
    summary,
    status,
    sequence: Number(sequence),
  });
}

const readers = {
  async "ical.js"() {
    const { default: ICAL } = await import("ical.js");
    const calendar = new ICAL.Component(ICAL.parse(text));
    for (const component of calendar.getAllSubcomponents("vevent")) {
      const event = new ICAL.Event(component);
      const status = component.getFirstPropertyValue("status");
      add(event.uid, event.startDate.toJSDate(), event.endDate.toJSDate(), event.summary, status, event.sequence);
    }
  },
  async "node-ical"() {
    const { default: ical } = await import("node-ical");
    for (const event of Object.values(ical.sync.parseICS(text))) {
      if (event.type !== "VEVENT") continue;
      add(event.uid, event.start, event.end, event.summary, event.status, event.sequence);
    }
  },
};

await readers[process.argv[2]]();
console.log(JSON.stringify(found));

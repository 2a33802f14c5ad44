// Builds static/vendor from the locked npm packages and assets/. app.css is written last: it is
// the file that make compares with the sources.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import * as sass from "sass";

const OUT = "static/vendor";
const GOVUK = "node_modules/govuk-frontend";
const MOJ = "node_modules/@ministryofjustice/frontend";
const HTMX = "node_modules/htmx.org";

const MIT_TERMS = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;

const css = sass.compile("assets/app.scss", {
  loadPaths: ["."],
  style: "compressed",
  quietDeps: true,
  // The packages ship Sass written for several compilers; their warnings are not ours to mend.
  logger: sass.Logger.silent,
}).css;
if (css.includes("GDS Transport")) throw new Error("The stylesheet names a font we may not use.");

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/moj`, { recursive: true });
cpSync(`${GOVUK}/dist/govuk/govuk-frontend.min.js`, `${OUT}/govuk-frontend.min.js`);
cpSync(`${MOJ}/moj/moj-frontend.min.js`, `${OUT}/moj-frontend.min.js`);
cpSync(`${HTMX}/dist/htmx.min.js`, `${OUT}/htmx.min.js`);
cpSync("assets/app.js", `${OUT}/app.js`);
cpSync("assets/board.js", `${OUT}/board.js`);
cpSync("assets/images", `${OUT}/images`, { recursive: true });
for (const name of readdirSync(`${MOJ}/moj/assets/images`)) {
  if (name.startsWith("icon-")) cpSync(`${MOJ}/moj/assets/images/${name}`, `${OUT}/moj/${name}`);
}
// A page must not ask for a source map that is not here.
for (const name of ["govuk-frontend.min.js", "moj-frontend.min.js"]) {
  const text = readFileSync(`${OUT}/${name}`, "utf8");
  writeFileSync(`${OUT}/${name}`, text.replace(/\/\/# sourceMappingURL=\S+\s*$/, ""));
}
writeFileSync(`${OUT}/NOTICE`, notice());
writeFileSync(`${OUT}/app.css`, css);
console.log(`static/vendor: app.css ${Math.round(css.length / 1024)} kB`);

function version(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version;
}

function notice() {
  return `This folder holds parts of these packages.

govuk-frontend ${version(GOVUK)}
MIT licence. Copyright (c) 2017 Crown Copyright (Government Digital Service)

@ministryofjustice/frontend ${version(MOJ)}
MIT licence. Copyright (c) 2019 Crown Copyright (Ministry of Justice)

${MIT_TERMS}
htmx.org ${version(HTMX)}
Zero-Clause BSD licence. Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted. The software is provided "as is", and the authors
disclaim all warranties with regard to it.
`;
}

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { english } from "../../../alie/web/page/texts-en.js";
import { french } from "../../../alie/web/page/texts-fr.js";

const PAGE = new URL("../../../alie/web/page/", import.meta.url);
const VALUES = { time: "T", since: "S", seconds: "N", kept: "K", ms: "M", name: "F", text: "X", sentence: "E", engine: "G", number: "1", done: "D", total: "L", duration: "U" };
const said = (sentence) => (typeof sentence === "function" ? sentence(VALUES) : sentence);

test("both languages say the same things, with the same values", () => {
  assert.deepEqual(Object.keys(english).sort(), Object.keys(french).sort());
  for (const key of Object.keys(french)) {
    assert.equal(typeof english[key], typeof french[key], key);
    for (const text of [french, english]) {
      assert.ok(said(text[key]).trim() !== "", key);
      assert.ok(!said(text[key]).includes("undefined"), key);
    }
  }
});

test("French: no-break spaces before colons and inside guillemets, none before other marks, no straight apostrophes", () => {
  for (const [key, sentence] of Object.entries(french)) {
    const text = said(sentence);
    assert.doesNotMatch(text, / [:»]|« |[^\u00a0]»|«[^\u00a0]/u, key);
    assert.doesNotMatch(text, /\s[;!?]/u, key);
    assert.doesNotMatch(text, /\p{L}'\p{L}/u, key);
    if (text.includes(":")) assert.match(text, /\u00a0:/u, key);
  }
});

test("everything the page's markup asks for can be said", () => {
  const markup = readFileSync(new URL("index.html", PAGE), "utf8");
  const keys = [...markup.matchAll(/data-(?:text|label)="([^"]+)"/g)].map(([, key]) => key);
  assert.ok(keys.length > 20);
  for (const key of keys) assert.ok(key in french, key);
});

test("the markup holds no inline script, style or handler, and refers to nothing elsewhere", () => {
  const markup = readFileSync(new URL("index.html", PAGE), "utf8");
  assert.doesNotMatch(markup, /\sstyle=|<style|\son\w+=|<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(markup, /(?:src|href)="(?!page\/)/);
  assert.doesNotMatch(readFileSync(new URL("style.css", PAGE), "utf8"), /url\(|@import/);
});

test("every module is fetched at once, not one import after the other", () => {
  const markup = readFileSync(new URL("index.html", PAGE), "utf8");
  const preloaded = [...markup.matchAll(/rel="modulepreload" href="page\/([^"]+)"/g)].map(([, name]) => name);
  const modules = readdirSync(PAGE).filter((name) => name.endsWith(".js") && !["page.js", "pcm-worklet.js"].includes(name));
  assert.deepEqual(preloaded, modules.sort());
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { readVocabulary } from "../../../alie/web/page/vocabulary.js";

test("the vocabulary is one phrase a line, within the protocol's bounds", () => {
  assert.deepEqual(readVocabulary("  Mme Tremblay \n\n apixaban\t5 mg\r\n"), { phrases: ["Mme Tremblay", "apixaban 5 mg"], isCut: false });
  assert.deepEqual(readVocabulary(""), { phrases: [], isCut: false });
  const long = `${"x".repeat(101)}\n${"y".repeat(100)}`;
  assert.deepEqual(readVocabulary(long), { phrases: ["y".repeat(100)], isCut: true });
  const many = readVocabulary(Array.from({ length: 101 }, (_, i) => `p${i}`).join("\n"));
  assert.equal(many.phrases.length, 100);
  assert.ok(many.isCut);
});

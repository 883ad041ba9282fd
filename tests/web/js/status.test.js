import assert from "node:assert/strict";
import { test } from "node:test";

import { Status } from "../../../alie/web/page/status.js";

test("a new dictation forgets what was said about the one before", () => {
  const status = new Status();
  status.notify("end", "bad", [{ text: "CONNECTION_LOST" }]);
  status.setLeg("connection", "lost", "bad");
  status.latencySeconds = 3;
  status.begin("opening");
  assert.equal(status.notices.size, 0);
  assert.equal(status.legs.connection.state, "off");
  assert.equal(status.latencySeconds, null);
  assert.equal(status.isIdle, false);
});

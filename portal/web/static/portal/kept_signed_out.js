// Where somebody signs in: whether this device keeps what was entered in a register. Nothing of it is shown, since nobody knows yet who sits there.
"use strict";

(() => {
  const isKept = (key) => /^rollcall-(marks|guests)-/.test(key);
  try {
    document.getElementById("kept-here").hidden = !Object.keys(localStorage).some(isKept);
  } catch {
    // A browser that keeps nothing.
  }
})();

// One tone for what must not wait for a glance (domain.md 6.1): off until it is switched on. Browsers
// let a page sound only after its person has touched it; until then the switch says that it waits.

import { remember, remembered } from "./remembered.js";
import { set } from "./state.js";

const APART_MS = 5_000; // what comes together, as after a line was cut, rings once
const TONE = { hertz: 660, volume: 0.08, seconds: 0.25 };

let context = null;
let rangAt = -Infinity;

export function isOn() {
  return remembered("sound") === "on";
}

export function isWaiting() {
  return isOn() && context?.state !== "running";
}

// To be called while a person touches the page, else the browser refuses.
async function wake() {
  if (!isOn() || context?.state === "running") return;
  context ??= new AudioContext();
  await context.resume();
  set({}, "sound");
}

export async function flip() {
  remember("sound", isOn() ? "off" : "on");
  await wake();
  if (isOn()) tone();
  set({}, "sound");
}

export function listenForTouch() {
  for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, wake);
}

export function ring() {
  if (!isOn() || isWaiting() || performance.now() - rangAt < APART_MS) return;
  rangAt = performance.now();
  tone();
}

function tone() {
  if (context?.state !== "running") return;
  const wave = context.createOscillator();
  const volume = context.createGain();
  volume.gain.value = TONE.volume;
  wave.frequency.value = TONE.hertz;
  wave.connect(volume).connect(context.destination);
  wave.start();
  wave.stop(context.currentTime + TONE.seconds);
}

// A person's own switches (language, theme, sound), on this machine alone; never data.

export function remembered(name) {
  try {
    return localStorage.getItem(`desk.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`desk.${name}`, value);
  } catch {
    // a browser that keeps nothing still works
  }
}

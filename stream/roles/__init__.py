"""One Faust app a module, each with a factory `build_app(settings)`; no decisions here."""

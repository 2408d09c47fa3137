"""The parts of `spendsense recover`: database, files, service, and the steps that restore them."""

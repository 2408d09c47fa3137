"""What `spendsense recover` is made of: database, files, service, and the journal that lets it go on."""

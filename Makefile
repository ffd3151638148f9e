PREFIX ?= /usr
unitdir = $(DESTDIR)$(PREFIX)/lib/systemd/system
rulesdir = $(DESTDIR)$(PREFIX)/lib/udev/rules.d
catalogdir = $(DESTDIR)$(PREFIX)/lib/systemd/catalog
mandir = $(DESTDIR)$(PREFIX)/share/man
docdir = $(DESTDIR)$(PREFIX)/share/doc/sriov-persist

.PHONY: build install

build:
	scripts/build

# Puts every file where a package would. Starts and reloads nothing.
install:
	@test -x .build/dist/sriov-persist || { echo "run make (or scripts/build) first"; exit 1; }
	install -D -m 755 .build/dist/sriov-persist $(DESTDIR)$(PREFIX)/bin/sriov-persist
	install -d $(unitdir) $(rulesdir) $(catalogdir)
	for unit in units/*.service units/*.timer; do sed 's|@bindir@|$(PREFIX)/bin|g' $$unit > $(unitdir)/$${unit##*/}; done
	chmod 644 $(unitdir)/sriov-persist*
	install -m 644 udev/91-sriov-persist.rules $(rulesdir)
	install -m 644 units/sriov-persist.catalog $(catalogdir)
	for page in docs/*.[158]; do install -D -m 644 $$page $(mandir)/man$${page##*.}/$${page##*/}; done
	for file in $$(find docs/examples -type f); do install -D -m 644 $$file $(docdir)/$${file#docs/}; done

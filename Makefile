# Where things go. A distribution may have other places for the last four.
PREFIX ?= /usr
unitdir ?= $(PREFIX)/lib/systemd/system
rulesdir ?= $(PREFIX)/lib/udev/rules.d
catalogdir ?= $(PREFIX)/lib/systemd/catalog
zshdir ?= $(PREFIX)/share/zsh/site-functions
bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man
bashdir = $(PREFIX)/share/bash-completion/completions
fishdir = $(PREFIX)/share/fish/vendor_completions.d
docdir = $(PREFIX)/share/doc/sriov-persist
program = .build/dist/sriov-persist

.PHONY: build install

build:
	scripts/build

# Puts every file where a package would. Starts and reloads nothing.
install:
	@test -x $(program) || { echo "run make (or scripts/build) first"; exit 1; }
	install -D -m 755 $(program) $(DESTDIR)$(bindir)/sriov-persist
	install -d $(addprefix $(DESTDIR),$(unitdir) $(rulesdir) $(catalogdir) $(bashdir) $(zshdir) $(fishdir))
	for unit in units/*.service units/*.timer; do sed 's|@bindir@|$(bindir)|g' $$unit > $(DESTDIR)$(unitdir)/$${unit##*/}; done
	chmod 644 $(DESTDIR)$(unitdir)/sriov-persist*
	install -m 644 udev/91-sriov-persist.rules $(DESTDIR)$(rulesdir)
	install -m 644 units/sriov-persist.catalog $(DESTDIR)$(catalogdir)
	for page in docs/*.[1-9]; do install -D -m 644 -t $(DESTDIR)$(mandir)/man$${page##*.} $$page; done
	for file in $$(find -L docs/examples -type f); do install -D -m 644 $$file $(DESTDIR)$(docdir)/$${file#docs/}; done
	$(program) --generate-completion-script bash | sed '/^#!/d' > $(DESTDIR)$(bashdir)/sriov-persist
	$(program) --generate-completion-script zsh > $(DESTDIR)$(zshdir)/_sriov-persist
	$(program) --generate-completion-script fish > $(DESTDIR)$(fishdir)/sriov-persist.fish
	chmod 644 $(DESTDIR)$(bashdir)/sriov-persist $(DESTDIR)$(zshdir)/_sriov-persist $(DESTDIR)$(fishdir)/sriov-persist.fish

# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bootable image.  docs/APPLIANCE.md tells what to do with it.
#
#   make appliance                    under appliance/out/, with the newest kernel apt offers here
#   make appliance KERNEL=6.1         Debian 12's kernel, under appliance/out/6.1/
#   make appliance KERNEL=newest      the newest of a stable Debian's suites, appliance/out/newest/
#   make appliance-seeds              the published network's two seed disks, appliance/out/seeds/
#   make image-test                   bytes and boots; image-test-full: every firmware, card, disk

.PHONY: appliance appliance-seeds image-test image-test-full

KERNEL := machine
kernel_choices := machine 6.1 newest
# A folder with files for cards that want firmware (as below /lib/firmware), or nothing.
FIRMWARE :=

appliance_builder := $(wildcard appliance/image/*.py) appliance/modules.txt appliance/grub.cfg
appliance_root    := $(shell find appliance/root -type f 2>/dev/null)
appliance_of       = appliance/out$(if $(filter-out machine,$(1)),/$(1))
# The time inside the images: of the commit, so that a second build gives the same bytes.
appliance_time    := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),1767225600)
appliance_version := $(VERSION)$(shell git describe --always --dirty --abbrev=12 2>/dev/null | sed 's/^/+/')

# $(call appliance_rule,kernel)
define appliance_rule
$(call appliance_of,$(1))/SHA256SUMS: build/torc build/appliance/init $(appliance_builder) \
		$(appliance_root) | build/packages/appliance
	$$(call say,IMAGE,$$(@D))SOURCE_DATE_EPOCH=$(appliance_time) PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) -m appliance.image.make --kernel $(1) --out $$(@D) \
		--work build/appliance/$(1) --init build/appliance/init --torc build/torc \
		--version '$(appliance_version)' $(if $(FIRMWARE),--firmware '$(FIRMWARE)')
endef
$(foreach kernel,$(kernel_choices),$(eval $(call appliance_rule,$(kernel))))

appliance: $(call appliance_of,$(KERNEL))/SHA256SUMS

appliance-seeds: build/packages/appliance
	@for name in lb1 lb2; do \
		mkdir -p appliance/out/seeds; PYTHONDONTWRITEBYTECODE=1 $(PYTHON) \
		-m appliance.image.seed appliance/examples/$$name appliance/out/seeds/$$name.img || \
		exit 1; echo "  appliance/out/seeds/$$name.img"; done

# What the tests boot; TORC_IMAGE_KERNEL=newest (or 6.1) tests those images.
image_kernel := $(or $(TORC_IMAGE_KERNEL),machine)
image_files  := $(call appliance_of,$(image_kernel))/SHA256SUMS
image_imp    := build/tests/image/imp

# A program of the tests inside the machine: static, as init is.
build/tests/image/imp: tests/image/imp.c | build/packages/build
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(common) -D_GNU_SOURCE -static -o $@ $<

image-test: $(image_files) $(image_imp) build/packages/image
	@$(PYTHON) tests/run.py image

# Both kernels, every firmware, card and disk, and every file compressed a second time.
image-test-full: $(foreach kernel,6.1 newest,$(call appliance_of,$(kernel))/SHA256SUMS) \
		$(image_imp) build/packages/image
	@for kernel in 6.1 newest; do \
		TORC_IMAGE_FULL=1 TORC_IMAGE_KERNEL=$$kernel $(PYTHON) tests/run.py image || exit 1; done

# Measuring programs: `make bench-NAME` builds what one needs and runs it, `make bench` runs all and
# prints their last lines.

bench_kit := $(patsubst %.c,$(O)/%.o,$(wildcard bench/kit/*.c) tests/websocket.c)
$(benches): $(O)/bench/%: $(O)/bench/%.o $(bench_kit) $(O)/libcarillon.a
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(BENCH_LIBS_$*)

# In this order; each under a minute.
bench_names := fanout fanout8 talk durable idle history sync many-groups search receipts big-group openim steady start size robots web flood crash

.PHONY: $(bench_names:%=bench-%)

bench-fanout bench-fanout8: bench-%: $(O)/bench/%
	@$<

bench-talk bench-idle bench-history bench-sync bench-receipts bench-big-group bench-openim bench-many-groups bench-search bench-steady bench-start bench-size bench-crash bench-robots: \
bench-%: $(O)/bench/% carillon build/.installed-bench
	@$<

bench-durable: $(O)/bench/durable carillon build/.installed-bench
	@tests/postgres $<

bench-web: carillon build/.installed-bench
	@node bench/web.mjs

bench-flood: $(O)/bench/flood carillon build/.installed-bench
	@node bench/flood.mjs $<

bench: carillon $(benches) build/.installed-bench
	@bench/all $(bench_names)

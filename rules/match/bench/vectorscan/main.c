/* vectorscan RULES LOG: counts the lines that any expression matches, as bench
   scan does: by chunks of whole lines, one core. Lines that the scan of a chunk
   hits are tried again alone, so that anchors mean lines.
   Prints lines that match, CPU seconds, and MB a second. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, MOST = 4096 };

struct span { size_t from, to; };
static struct { const char *text; size_t size; struct span *spans; size_t n, room; } hits;

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *any)
{
	size_t at = to ? to - 1 : 0;
	(void)id, (void)from, (void)flags;
	if (any) {
		*(int *)any = 1;
		return 1;
	}
	for (size_t i = hits.n; i > 0 && i + 16 > hits.n; i--)
		if (at >= hits.spans[i - 1].from && at < hits.spans[i - 1].to)
			return 0;
	const char *begin = memrchr(hits.text, '\n', at), *end = memchr(hits.text + at, '\n', hits.size - at);
	if (hits.n == hits.room)
		hits.spans = realloc(hits.spans, (hits.room = 2 * hits.room + 64) * sizeof *hits.spans);
	hits.spans[hits.n].from = begin ? begin - hits.text + 1 : 0;
	hits.spans[hits.n++].to = end ? end - hits.text + 1 : hits.size;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	return x->from < y->from ? -1 : x->from > y->from;
}

int main(int argc, char **argv)
{
	static char *patterns[MOST];
	static unsigned flags[MOST], ids[MOST];
	unsigned n = 0;
	char *line = 0;
	size_t room = 0, lines = 0, total = 0, held = 0;
	ssize_t got;
	FILE *rules = argc == 3 ? fopen(argv[1], "r") : 0;
	int log = argc == 3 ? open(argv[2], O_RDONLY) : -1;
	if (!rules || log < 0)
		return fprintf(stderr, "usage: vectorscan RULES LOG\n"), 2;
	while (n < MOST && (got = getline(&line, &room, rules)) > 0) {
		if (line[got - 1] == '\n')
			line[got - 1] = 0;
		ids[n] = n;
		patterns[n++] = strdup(line);
	}
	hs_database_t *db;
	hs_compile_error_t *err;
	hs_scratch_t *scratch = 0;
	if (hs_compile_multi((const char *const *)patterns, flags, ids, n, HS_MODE_BLOCK, 0, &db, &err))
		return fprintf(stderr, "vectorscan: expression %d: %s\n", err->expression, err->message), 1;
	hs_alloc_scratch(db, &scratch);
	char *buf = malloc(2 * CHUNK);
	struct timespec a, b;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	while ((got = read(log, buf + held, CHUNK)) > 0 || held) {
		size_t size = held + (got > 0 ? got : 0);
		char *last = got > 0 ? memrchr(buf, '\n', size) : 0;
		size_t whole = last ? last - buf + 1 : size;
		hits.text = buf, hits.size = whole, hits.n = 0;
		hs_scan(db, buf, whole, 0, scratch, on_hit, 0);
		if (hits.n > 1)
			qsort(hits.spans, hits.n, sizeof *hits.spans, by_place);
		for (size_t i = 0, end = 0; i < hits.n; i++) {
			struct span s = hits.spans[i];
			int hit = 0;
			if (i && s.from < end)
				continue;
			end = s.to;
			if (buf[s.to - 1] == '\n')
				s.to--;
			hs_scan(db, buf + s.from, s.to - s.from, 0, scratch, on_hit, &hit);
			lines += hit;
		}
		total += got > 0 ? got : 0;
		memmove(buf, buf + whole, held = size - whole);
		if (got <= 0)
			break;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	double took = b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
	printf("%zu %.4f %.0f\n", lines, took, total / 1e6 / took);
	return 0;
}

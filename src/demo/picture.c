/* picture: small drawings as PNG (ISO 15948), in true colour, by zlib. */
#include "demo/inner.h"
#include "base/must.h"

#include <zlib.h>

enum {
    WIDTH = 560,
    HEIGHT = 336,
    STRIDE = 1 + 3 * WIDTH,
    LEFT = 44,
    RIGHT = 16,
    TOP = 18,
    BOTTOM = 24,
    LINES = 5
};

struct colour {
    double red, green, blue;
};

/* ---- the format ------------------------------------------------------------------------------ */

static void put_number(struct buf *out, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_char(out, (char)(number >> shift & 255));
}

static void put_chunk(struct buf *out, const char *kind, struct str bytes)
{
    uLong sum = crc32(crc32(0, (const Bytef *)kind, 4), (const Bytef *)bytes.ptr, (uInt)bytes.len);
    put_number(out, (uint32_t)bytes.len);
    buf_add(out, str_of(kind, 4));
    buf_add(out, bytes);
    put_number(out, (uint32_t)sum);
}

/* Each byte as the difference to the pixel at its left. */
static void filter_rows(unsigned char *rows)
{
    for (int y = 0; y < HEIGHT; y++) {
        unsigned char *row = rows + y * STRIDE;
        row[0] = 1;
        for (int x = STRIDE - 1; x > 3; x--)
            row[x] = (unsigned char)(row[x] - row[x - 3]);
    }
}

static struct str write_png(struct arena *arena, unsigned char *rows)
{
    enum { RAW_BYTES = STRIDE * HEIGHT };
    filter_rows(rows);
    uLongf size = compressBound(RAW_BYTES);
    char *packed = arena_alloc(arena, size);
    must(compress2((Bytef *)packed, &size, rows, RAW_BYTES, 4) == Z_OK);
    struct buf out = buf_new(2 * RAW_BYTES), head = buf_new(64);
    put_number(&head, WIDTH);
    put_number(&head, HEIGHT);
    buf_add(&head, str_of("\10\2\0\0\0", 5));
    buf_add(&out, S("\211PNG\r\n\032\n"));
    put_chunk(&out, "IHDR", buf_str(&head));
    put_chunk(&out, "IDAT", str_of(packed, size));
    put_chunk(&out, "IEND", S(""));
    must(!out.is_full);
    struct str bytes = arena_copy(arena, buf_str(&out));
    buf_free(&out);
    buf_free(&head);
    return bytes;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void blend(unsigned char *rows, int x, int y, struct colour colour, double share)
{
    if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT || share <= 0)
        return;
    unsigned char *pixel = rows + y * STRIDE + 1 + 3 * x;
    double parts[] = {colour.red, colour.green, colour.blue};
    double covered = share > 1 ? 1 : share;
    for (int i = 0; i < 3; i++)
        pixel[i] = (unsigned char)(pixel[i] + (parts[i] - pixel[i]) * covered + 0.5);
}

static void fill_box(unsigned char *rows, int left, int top, int right, int bottom,
                     struct colour colour)
{
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            blend(rows, x, y, colour, 1);
}

/* Five rows of three dots for each of 0-9, the point and the minus. */
static void put_figures(unsigned char *rows, int x, int y, const char *text)
{
    static const unsigned short dots[] = {075557, 026227, 071747, 071717, 055711, 074717,
                                          074757, 071111, 075757, 075717, 000002, 000700};
    for (; *text; text++, x += 8) {
        int which = *text == '.' ? 10 : *text == '-' ? 11 : *text - '0';
        for (int dot = 0; dot < 15; dot++)
            if (dots[which] >> (14 - dot) & 1)
                fill_box(rows, x + dot % 3 * 2, y + dot / 3 * 2, x + dot % 3 * 2 + 2,
                         y + dot / 3 * 2 + 2, (struct colour){110, 118, 130});
    }
}

static double distance(double a, double b)
{
    return a < b ? b - a : a - b;
}

/* About the sine of a whole turn: two parabolas. */
static double wave(double turns)
{
    double part = turns - (double)(int64_t)turns;
    return part < 0.5 ? 16 * part * (0.5 - part) : -16 * (part - 0.5) * (1 - part);
}

static double height_of(double value, double low, double high)
{
    double room = HEIGHT - TOP - BOTTOM;
    return (double)TOP + room * (1 - (value - low) / (high - low));
}

static unsigned char *new_chart(struct arena *arena, double low, double high)
{
    unsigned char *rows = arena_alloc(arena, STRIDE * HEIGHT);
    fill_box(rows, 0, 0, WIDTH, HEIGHT, (struct colour){255, 255, 255});
    for (int i = 0; i <= LINES; i++) {
        double value = low + (high - low) * i / (double)LINES;
        int y = (int)height_of(value, low, high);
        fill_box(rows, LEFT, y, WIDTH - RIGHT, y + 1, (struct colour){226, 230, 236});
        struct str label = arena_printf(arena, high - low < 20 ? "%.1f" : "%.0f", value);
        put_figures(rows, LEFT - 6 - 8 * (int)label.len, y - 5, label.ptr);
    }
    return rows;
}

struct str picture_curve(struct arena *arena, const double *values, size_t count, double low,
                         double high, double limit)
{
    unsigned char *rows = new_chart(arena, low, high);
    int limit_y = (int)height_of(limit, low, high), width = WIDTH - LEFT - RIGHT;
    for (int x = LEFT; x < WIDTH - RIGHT; x += 12)
        fill_box(rows, x, limit_y, x + 7, limit_y + 2, (struct colour){224, 69, 60});
    for (int x = 0; x < width; x++) {
        double place = (double)x * (double)(count - 1) / width;
        size_t i = (size_t)place;
        double rest = place - (double)i, slope = values[i + 1] - values[i];
        double y = height_of(values[i] + slope * rest, low, high);
        double steep = distance(height_of(slope, low, high), height_of(0, low, high)) *
                       (double)(count - 1) / width;
        double half = 1.5 + 0.9 * steep;
        for (int at = (int)y; at < HEIGHT - BOTTOM; at++)
            blend(rows, LEFT + x, at, (struct colour){46, 120, 220}, 0.12);
        for (int at = (int)(y - half) - 1; at <= (int)(y + half) + 1; at++)
            blend(rows, LEFT + x, at, (struct colour){46, 120, 220}, half - distance(at, y) + 0.5);
    }
    return write_png(arena, rows);
}

struct str picture_bars(struct arena *arena, const double *values, size_t count, double high)
{
    static const struct colour colours[] = {
        {46, 120, 220}, {38, 166, 120}, {240, 160, 50}, {150, 100, 210}, {224, 90, 90}};
    unsigned char *rows = new_chart(arena, 0, high);
    int step = (WIDTH - LEFT - RIGHT) / (int)count;
    for (size_t i = 0; i < count; i++) {
        int left = LEFT + step * (int)i + step / 5, top = (int)height_of(values[i], 0, high);
        fill_box(rows, left, top, left + step * 3 / 5, HEIGHT - BOTTOM, colours[i % 5]);
        struct str label = arena_printf(arena, "%.0f", values[i]);
        put_figures(rows, left + step * 3 / 10 - 4 * (int)label.len, top - 14, label.ptr);
    }
    return write_png(arena, rows);
}

static struct colour between(struct colour a, struct colour b, double share)
{
    return (struct colour){a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
                           a.blue + (b.blue - a.blue) * share};
}

/* Hills one behind another, each nearer one darker, over water that mirrors the sky. */
struct str picture_hills(struct arena *arena, uint64_t seed, bool is_evening)
{
    unsigned char *rows = arena_alloc(arena, STRIDE * HEIGHT);
    struct colour above =
        is_evening ? (struct colour){52, 66, 120} : (struct colour){150, 178, 200};
    struct colour below =
        is_evening ? (struct colour){250, 176, 110} : (struct colour){226, 234, 236};
    struct colour near = is_evening ? (struct colour){34, 30, 54} : (struct colour){40, 84, 74};
    int shore = HEIGHT * 7 / 10;
    for (int y = 0; y < HEIGHT; y++) {
        double share = y < shore ? (double)y / shore : 1 - (double)(y - shore) / (HEIGHT - shore);
        fill_box(rows, 0, y, WIDTH, y + 1, between(above, below, share));
    }
    struct chance chance = {seed};
    for (int hill = 0; hill < 4; hill++) {
        double phase = (double)chance_between(&chance, 0, 100) / 100;
        double wide = 380 + (double)chance_between(&chance, 0, 380);
        struct colour colour = between(below, near, 0.35 + 0.2 * hill);
        for (int x = 0; x < WIDTH; x++) {
            double y = shore - 96 + 24 * hill - 26 * wave(x / wide + phase) -
                       9 * wave(x / wide * 2.7 + 2 * phase);
            for (int at = (int)y; at < shore; at++)
                blend(rows, x, at, colour, at - y + 1);
        }
    }
    return write_png(arena, rows);
}

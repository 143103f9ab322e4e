/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. Tables of ACPI are programs, and this is no interpreter: it looks for the CMDQV's
 * identifier, and takes the first memory and the first interrupt among the resources behind it, as
 * VMMs write them. The device tree has properties in files.
 */
#include "find.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum {
	TABLE_BYTES = 1 << 20, /* more than any has */
	PATH_BYTES = 1024,
	HEADER_BYTES = 36,
	MADT_FIRST = 44,
	MADT_DISTRIBUTOR = 12,
	FIRST_SPI = 32,
};

static uint64_t number_at(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;

	while (count-- > 0)
		number = number << 8 | bytes[count];
	return number;
}

/* ---- ACPI ---- */

static const uint8_t *search(const uint8_t *from, const uint8_t *end, const char *words)
{
	return from < end ? memmem(from, (size_t)(end - from), words, strlen(words)) : NULL;
}

/* A resource, if the descriptor here is one that counts. Returns its length, or 0. */
static size_t take_resource(const uint8_t *at, size_t room, struct found *found)
{
	const size_t length = room > 3 ? 3 + (size_t)number_at(at + 1, 2) : 0;

	if (!length || length > room)
		return 0;
	switch (at[0]) {
	case 0x8A: /* QWordMemory */
		if (at[3] == 0 && length >= 46 && !found->window)
			found->window = number_at(at + 14, 8);
		return length;
	case 0x87: /* DWordMemory */
		if (at[3] == 0 && length >= 26 && !found->window)
			found->window = number_at(at + 10, 4);
		return length;
	case 0x86: /* Memory32Fixed */
		if (length >= 12 && !found->window)
			found->window = number_at(at + 4, 4);
		return length;
	case 0x89: /* Interrupt */
		if (length >= 9 && !found->interrupt)
			found->interrupt = (uint32_t)number_at(at + 5, 4);
		return length;
	default:
		return 0;
	}
}

void find_in_aml(const uint8_t *table, size_t bytes, struct found *found)
{
	const uint8_t *end = table + bytes;
	const uint8_t *at = search(table, end, "NVDA200C");
	const uint8_t *next = at ? search(at, end, "_HID") : NULL;
	size_t length;

	if (!at)
		return;
	end = next ? next : end;
	at = search(at, end, "_CRS");
	/* The buffer's head has a few bytes; then comes one descriptor behind the other. */
	for (uint32_t i = 0; at && i < 16 && at + i < end; i++) {
		if (take_resource(at + i, (size_t)(end - at) - i, found)) {
			at += i;
			while ((length = take_resource(at, (size_t)(end - at), found)))
				at += length;
			return;
		}
	}
}

void find_in_madt(const uint8_t *table, size_t bytes, struct found *found)
{
	size_t at = MADT_FIRST;

	while (at + 16 <= bytes && table[at + 1]) {
		if (table[at] == MADT_DISTRIBUTOR)
			found->distributor = number_at(table + at + 8, 8);
		at += table[at + 1];
	}
}

static size_t read_file(const char *root, const char *directory, const char *name, uint8_t *to,
			size_t room)
{
	char path[PATH_BYTES];
	size_t bytes;
	FILE *file;

	if ((size_t)snprintf(path, sizeof(path), "%s%s/%s", root, directory, name) >= sizeof(path))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return 0;
	bytes = fread(to, 1, room, file);
	fclose(file);
	return bytes;
}

static void find_by_acpi(const char *root, struct found *found)
{
	static const char directory[] = "/sys/firmware/acpi/tables";
	static uint8_t table[TABLE_BYTES];
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *tables;

	snprintf(path, sizeof(path), "%s%s", root, directory);
	tables = opendir(path);
	if (!tables)
		return;
	while ((entry = readdir(tables))) {
		size_t bytes;

		if (strncmp(entry->d_name, "DSDT", 4) != 0 &&
		    strncmp(entry->d_name, "SSDT", 4) != 0)
			continue;
		bytes = read_file(root, directory, entry->d_name, table, sizeof(table));
		if (bytes > HEADER_BYTES && !found->window)
			find_in_aml(table, bytes, found);
	}
	closedir(tables);
	find_in_madt(table, read_file(root, directory, "APIC", table, sizeof(table)), found);
}

/* ---- device tree ---- */

static uint64_t cells_at(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 4 * count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void take_node(const char *root, const char *node, struct found *found)
{
	uint8_t compatible[256], reg[16], interrupts[12];
	const size_t bytes = read_file(root, node, "compatible", compatible, sizeof(compatible));
	const bool has_reg = read_file(root, node, "reg", reg, sizeof(reg)) >= 8;

	if (!has_reg)
		return;
	if (memmem(compatible, bytes, "nvidia,tegra264-cmdqv", 21)) {
		found->window = cells_at(reg, 2);
		if (read_file(root, node, "interrupts", interrupts, sizeof(interrupts)) == 12)
			found->interrupt = FIRST_SPI + (uint32_t)cells_at(interrupts + 4, 1);
	}
	if (memmem(compatible, bytes, "arm,gic-v3", 10))
		found->distributor = cells_at(reg, 2);
}

/* The nodes of the first level are enough: that is where VMMs put them. */
static void find_by_tree(const char *root, struct found *found)
{
	static const char directory[] = "/proc/device-tree";
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *nodes;

	snprintf(path, sizeof(path), "%s%s", root, directory);
	nodes = opendir(path);
	if (!nodes)
		return;
	while ((entry = readdir(nodes))) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) <
		    sizeof(path))
			take_node(root, path, found);
	}
	closedir(nodes);
}

void find_cmdqv(const char *root, struct found *found)
{
	*found = (struct found){.window = 0};
	find_by_acpi(root, found);
	if (!found->window)
		find_by_tree(root, found);
}

/* ---- memory ---- */

/* At a distance, and a multiple of the size. */
static uint64_t place_above(uint64_t end, uint64_t bytes)
{
	return (end / bytes + 5) * bytes;
}

uint64_t find_memory(const char *root, uint64_t bytes)
{
	unsigned long long first, last;
	char line[256], path[PATH_BYTES];
	uint64_t end = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* What is not indented. A kernel with mem= keeps an initramfs that lies above the limit. */
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == ' ' || sscanf(line, "%llx-%llx", &first, &last) != 2)
			continue;
		if (end && first > place_above(end, bytes) + bytes)
			break;
		if (end || strstr(line, "System RAM"))
			end = last;
	}
	fclose(file);
	return end ? place_above(end, bytes) : 0;
}

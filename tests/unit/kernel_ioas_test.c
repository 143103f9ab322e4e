/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much work it is to find an area, counted: src/kernel/ioas.c is compiled so that it reports
 * each of its basic blocks (-fsanitize-coverage=trace-pc).
 */
#include <errno.h>

#include "kernel/ioas.h"
#include "kernel/object.h"

#include "kernel_fixture.h"

enum {
	AREAS = 4096,
	MOST_BLOCKS = 500, /* each search for one of 4096 has 13 steps, of a few blocks */
};

#define DISTANCE 0x10000U /* from area to area */

static uint32_t blocks;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

static struct ioas *with_areas(struct fixture *f)
{
	uint32_t id = must_ioas(f->fd);

	for (uint64_t i = 0; i < AREAS; i++)
		must_map(f->fd, id, i * DISTANCE, f->ram, 4096,
			 KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE);
	return (struct ioas *)object_find(f->fd, id, OBJECT_IOAS);
}

TEST(one_of_many_areas_is_pinned_without_a_look_at_all_of_them)
{
	const uint64_t areas[] = {0, 1, AREAS / 3, AREAS / 2, AREAS - 1};
	struct fixture *f = small_fixture();
	struct ioas *ioas = with_areas(f);
	uint8_t *host;

	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		blocks = 0;
		assert_int_equal(ioas_pin(ioas, areas[i] * DISTANCE, 4096, 0, &host), 0);
		ioas_unpin(ioas, areas[i] * DISTANCE, 4096);
		assert_in_range(blocks, 1, MOST_BLOCKS);
		assert_ptr_equal(host, f->ram);
	}
	fixture_close(f);
}

TEST(one_more_area_is_mapped_and_unmapped_without_a_look_at_all_of_them)
{
	struct fixture *f = small_fixture();
	struct ioas *ioas = with_areas(f);
	uint32_t id = ioas->object.id;
	struct kernel_ioas_unmap unmap = {.ioas_id = id, .length = 4096};

	for (uint64_t i = 0; i < AREAS; i += AREAS - 1) {
		unmap.iova = i * DISTANCE + 4096;
		blocks = 0;
		must_map(f->fd, id, unmap.iova, f->ram, 4096, KERNEL_IOAS_MAP_READABLE);
		assert_int_equal(kernel_ioas_unmap(f->fd, &unmap), 0);
		assert_in_range(blocks, 1, MOST_BLOCKS);
	}
	fixture_close(f);
}

TEST(an_area_below_one_that_is_pinned_is_not_pinned)
{
	struct fixture *f = small_fixture();
	struct ioas *ioas = with_areas(f);
	struct kernel_ioas_unmap unmap = {.ioas_id = ioas->object.id, .length = 4096};
	const uint64_t pinned = AREAS / 2 * DISTANCE;
	uint8_t *host;

	assert_int_equal(ioas_pin(ioas, pinned, 4096, 0, &host), 0);
	unmap.iova = pinned - 4096;
	must_map(f->fd, unmap.ioas_id, unmap.iova, f->ram, 4096, KERNEL_IOAS_MAP_READABLE);
	assert_int_equal(kernel_ioas_unmap(f->fd, &unmap), 0);
	unmap.iova = pinned;
	assert_int_equal(kernel_ioas_unmap(f->fd, &unmap), -EBUSY);
	unmap.iova = 0;
	unmap.length = UINT64_MAX;
	assert_int_equal(kernel_ioas_unmap(f->fd, &unmap), -EBUSY);
	assert_null(ioas_area_of_iova(ioas, pinned - DISTANCE));
	assert_non_null(ioas_area_of_iova(ioas, pinned));
	assert_non_null(ioas_area_of_iova(ioas, pinned + DISTANCE));
	ioas_unpin(ioas, pinned, 4096);
	fixture_close(f);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The page tables that an arm64 guest starts with. No KVM is needed to look at them. */
#include "../test.h"
#include "guest/layout.h"
#include "kvm_arch.h"

enum { TABLE_WORDS = 512 };

/* The leaf that translates `address`: three levels of 4 KiB tables, or two and a block. */
static uint64_t leaf_of(const struct memory *memory, uint64_t address)
{
	const uint64_t *top = memory_at(memory, GUEST_TABLES, 0x1000);
	uint64_t entry = top[address >> 30];
	const uint64_t *table = memory_at(memory, entry & 0xFFFFFF000, 0x1000);

	entry = table[(address >> 21) % TABLE_WORDS];
	if ((entry & 3) == 1)
		return entry;
	table = memory_at(memory, entry & 0xFFFFFF000, 0x1000);
	return table[(address >> 12) % TABLE_WORDS];
}

/* Index into MAIR_EL1, which vmm/guest/aarch64/start.S fills: 0 write-back, 1 device. */
static unsigned int attribute_of(const struct memory *memory, uint64_t address)
{
	return leaf_of(memory, address) >> 2 & 7;
}

static void check(enum page0_kind page0, unsigned int expected)
{
	struct memory memory;

	assert_int_equal(memory_create(&memory, GUEST_RAM, GUEST_RAM_BYTES), 0);
	kvm_arch_make_tables(&memory, page0);
	for (uint64_t page = 0; page < 0x10000; page += 0x1000)
		assert_int_equal(attribute_of(&memory, GUEST_WINDOW + 0x30000 + page), expected);
	assert_int_equal(attribute_of(&memory, GUEST_WINDOW), 1);
	assert_int_equal(attribute_of(&memory, GUEST_WINDOW + 0x2F000), 1);
	assert_int_equal(attribute_of(&memory, GUEST_WINDOW + 0x40000), 1);
	assert_int_equal(attribute_of(&memory, GUEST_RAM), 0);
	memory_destroy(&memory);
}

/* [HW-5] The engine reads page 0 through the cache; the guest must write through it. */
TEST(page_0_of_the_model_is_mapped_write_back)
{
	check(PAGE0_MEMORY, 0);
}

/* [HW-5] [DEV-19] */
TEST(page_0_of_the_hardware_is_mapped_as_a_device)
{
	check(PAGE0_DEVICE, 1);
}

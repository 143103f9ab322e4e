/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error maps of all VINTFs and queues of a Grace, and the edges of the interrupt. What
 * trapped accesses alone can show is compared with a reference in
 * tests/scenario/model_reference_test.c.
 */
#include "model_script.h"

static const struct script scripts[] = {
	/* [HW-9] An acknowledgement through the mapped page clears the maps, without any access. */
	{"error_maps_show_the_vintf_the_physical_and_the_logical_queue",
	 "model=7.6.4 #0=bad [40.0] host map=100 [40.1] map=3 ring=4 prod=1 run "
	 "0x14:0 0x18:0x100 0x24:8 0x30:0 0x38c0!:2 0x3804:3 "
	 "[40.0] ring=4 prod=1 run 0x30:0x10 0x38c0!:3 @gerrorn=1 [40.1] @gerrorn=1 "
	 "0x18:0 0x24:0 0x30:0 0x38c0!:0 0x3804:1"},
	/* [HW-9] An edge although the VINTF's bit is set; one for both unmasked at once. */
	{"the_interrupt_is_an_edge_per_error_and_masked_by_vintf",
	 "model=3.1.0 #0=bad [0.0] host map=0 [0.1] map=1 [1.0] host map=4 [1.1] map=5 "
	 "[0.0] ring=4 prod=1 run interrupts:1 [0.1] ring=4 prod=1 run interrupts:2 "
	 "0x1c=0xffffffff 0x20=0xffffffff 0x1c:3 0x20:0 "
	 "[1.0] ring=4 prod=1 run interrupts:2 0x14:3 0x1c=3 interrupts:2 "
	 "0x1c=0 interrupts:3 0x1c=0 interrupts:3"},
	/* [HW-9] The first of the second word, by its own bit alone. */
	{"the_interrupt_of_vintf_32_is_masked_in_the_second_word",
	 "model=7.6.4 #0=bad [32.0] host map=64 0x1c=-1 ring=4 prod=1 run interrupts:1 "
	 "[32.1] map=65 0x20=1 ring=4 prod=1 run interrupts:1 0x20=0 interrupts:2"},
};

SCRIPTS(scripts)

/* [HW-9] */
TEST(the_logical_map_of_128_queues_has_128_bits)
{
	struct bench *bench = bench_open(7, 0, 0);

	own_by_host(bench, 0);
	for (uint32_t l = 0; l < 128; l++)
		map_queue(bench, 127 - l, 0, l);
	play_on(bench, "#0=bad [0.126] ring=4 prod=1 run [0.1] ring=4 prod=1 run "
		       "0x10c0!:2 0x10c8!:0x4000000000000000 0x24:2 0x30:0x40000000");
}

/* [HW-9] */
TEST(a_reset_unmasks_every_vintf)
{
	struct bench *bench = bench_open(7, 6, 4);

	play(bench, "0x1c:0 0x20:0 0x1c=-1 0x20=-1 0x1c:0xffffffff 0x20:0xffffffff");
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	play_on(bench, "0x1c:0 0x20:0");
}

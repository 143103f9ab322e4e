/* SPDX-License-Identifier: BSD-2-Clause */
/* The config page as a guest sees it. */
#include "device_script.h"

static const struct script scripts[] = {
	{"[DEV-2] two queues of the backend and 16 SIDs are the default", 2, "param?0x4011"},
	{"[DEV-5] CONFIG keeps its fields but not CONS_DRAM_EN", 2,
	 "config=0xFFFFFFFF config?0xFFFFF config=0xFFFFFFFE config?0xFFFFE status?0 "
	 "config=1 config?1 status?1"},
	{"[DEV-2] [DEV-5] the mask has one bit for the one VINTF", 2,
	 "mask=0xFFFFFFFF mask+4=0xFFFFFFFF mask?1 mask+4?0 guest-errors?0"},
	{"[DEV-13] [DEV-14] an entry moved to another place loses its queue", 2,
	 "up=2 d1.prod=7 alloc1=1 bound?1 d1.prod?0 guest-bad-alloc?1"},
	{"[DEV-13] disabling the CMDQV zeroes all shadows and keeps BASE and ALLOC", 4,
	 "up=2 shadow0=7 shadow1=7 shadow2=7 shadow3=7 config=0 "
	 "[unmap write(1,config,0) unbind(1) write(0,config,0) unbind(0)] "
	 "shadow0?0 shadow1?0 shadow2?0 shadow3?0 vconfig?1 vstatus?0 alloc1?3 d1.base:?0x200008 "
	 "config=1 bound?2 mapped?1"},
	{"[DEV-13] losing an allocation zeroes that shadow alone", 4,
	 "up=3 shadow3=7 d0.prod=0x10 d1.prod=0x11 d2.prod=0x12 alloc1=2 bound?1 shadow1?0 "
	 "d0.prod?0x10 d2.prod?0x12 d3.prod?7 life2?waiting d1.base:?0x200008 "
	 "alloc1=3 bound?3 d2.prod?0x12"},
	{"[DEV-3] [DEV-27] one 8-byte write changes two ALLOC entries", 4,
	 "up=4 alloc0:=0x200000000 bound?0 unbinds?4 alloc0:=0x300000001 bound?4 binds?8"},
	{"[DEV-23] an acknowledge by the mapped page clears every view at once", 2,
	 "up=2 raise1=1 vi_err?1 cmdq_err?2 vstatus?3 page1.gerrorn=1 "
	 "vi_err?0 cmdq_err?0 lvcmdq_err:?0 vstatus?1"},
	{"[DEV-24] unmasking with an error pending pulses once", 2,
	 "up=1 mask=1 mask=0 [] mask=1 raise0=1 mask=0xFFFFFFFF [] mask=0xFFFFFFFE [pulse] "
	 "mask=0 [] 0x18:=0x100000000 0x18:=0 [pulse]"},
};
SCRIPTS(scripts)

/* [DEV-2] */
TEST(param_tells_every_geometry)
{
	for (uint32_t n = 0; n <= 7; n++)
		for (uint32_t s = 0; s <= 4; s++) {
			struct fixture *fx = fixture_prepare(128);

			fx->config.num_lvcmdqs = 1U << n;
			fx->config.num_sids = 1U << s;
			fixture_create(fx);
			fx_run(fx, "param?0x%x", 1 | n << 4 | s << 12);
			assert_int_equal(fx->state.num_lvcmdqs, 1U << n);
			assert_int_equal(fx->state.num_sids, 1U << s);
			fixture_free(fx);
		}
}

/* [DEV-5] */
TEST(read_only_registers_ignore_writes_without_an_error)
{
	static const uint64_t read_only[] = {
		AT_PARAM, AT_STATUS,	   AT_VI_ERR_MAP, 0x18,		0x24,	     0x28,   0x2C,
		0x30,	  AT_VINTF_STATUS, 0x100C,	  0x1010,	0x10C0,	     0x10C4, 0x10C8,
		0x10CC,	  0x1000C,	   0x10010,	  0x10080 + 12, 0x10080 + 16};
	struct fixture *fx = fixture_new(2);

	for (size_t i = 0; i < COUNT(read_only); i++) {
		uint32_t before = fx_read(fx, read_only[i]);

		fx_write(fx, read_only[i], ~before);
		assert_int_equal(fx_read(fx, read_only[i]), before);
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-2] [DEV-5] */
TEST(alloc_entries_keep_their_fields_and_absent_ones_read_0)
{
	struct fixture *fx = fixture_new(4);

	for (uint32_t q = 0; q < 128; q++)
		fx_run(fx, "alloc%u?0 alloc%u=0xFFFFFFFE alloc%u?%u", q, q, q,
		       q < 4 ? 0x1F80FE : 0);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-14] */
TEST(only_the_identity_allocates)
{
	static const struct {
		uint32_t entry;
		bool allocates;
		bool is_error;
	} cases[] = {
		{0x3, true, false},	   {0x2, false, false},	  {0x1, false, true},
		{0x5, false, true},	   {0x8003, false, true}, {0x1F8003, false, true},
		{0x1F8002, false, false},  {0xFF, false, true},	  {0x100003, false, true},
		{0xFFE07F03, true, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_new(2);

		fx_run(fx,
		       "up=1 d1.base:=0x200008 alloc1=0x%x bound?%d guest-bad-alloc?%d "
		       "guest-errors?%d",
		       cases[i].entry, cases[i].allocates ? 2 : 1, cases[i].is_error,
		       cases[i].is_error);
		fixture_free(fx);
	}
}

/* [DEV-23] */
TEST(the_maps_show_each_of_128_queues)
{
	struct fixture *fx = fixture_new(128);

	fx_bring_up(fx, 64);
	for (uint32_t q = 0; q < 128; q++) {
		uint64_t expected = 1ULL << q % 64;

		fx_run(fx, q < 64 ? "raise%u=1" : "d%u.gerrorn=2", q);
		fx_run(fx, "vi_err?1 vi_err+4?0 lvcmdq_err%u:?0x%llx lvcmdq_err%u:?0", q / 64 * 2,
		       (unsigned long long)expected, 2 - q / 64 * 2);
		for (uint32_t m = 0; m < 4; m++)
			fx_run(fx, "cmdq_err%u?%u lvcmdq_err%u?%u", m,
			       m == q / 32 ? 1U << q % 32 : 0, m, m == q / 32 ? 1U << q % 32 : 0);
		fx_write(fx, at_queue(DIRECT, q, GERRORN),
			 fx_read(fx, at_queue(DIRECT, q, GERROR)));
	}
	fx_run(fx, "vi_err?0");
	fixture_free(fx);
}

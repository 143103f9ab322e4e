/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <cmdqv/describe.h>

#include "../test.h"

struct described {
	uint64_t words[2];
	const char *text;
};

static void check(const struct described *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[160];

		assert_int_equal(cmdqv_describe_command(cases[i].words[0], cases[i].words[1], text,
							sizeof(text)),
				 0);
		assert_string_equal(text, cases[i].text);
	}
}

/* Those of the first half were recorded, the others are put together from docs/spec.md. */
TEST(a_command_becomes_its_name_and_fields)
{
	static const struct described cases[] = {
		{{0x0002000000000012, 0x00000000ffffc701},
		 "TLBI_NH_VA VMID=0 ASID=2 ADDR=0xffffc000 LEAF=1 TG=1 NUM=0 SCALE=0 TTL=3"},
		{{0x0002000000400012, 0x00000000fffa0701},
		 "TLBI_NH_VA VMID=0 ASID=2 ADDR=0xfffa0000 LEAF=1 TG=1 NUM=0 SCALE=4 TTL=3"},
		{{0x000000000fc00046, 0}, "CMD_SYNC CS=0"},
		{{0x0000000800000005, 1}, "CFGI_CD SID=8 SSID=0 LEAF=1"},
		{{0x0000000800000003, 1}, "CFGI_STE SID=8 LEAF=1"},
		{{0x0000000800000001, 0}, "PREFETCH_CFG SID=8 SSV=0"},
		{{0x0000000800012001, 0}, "PREFETCH_CFG SID=8 SSV=0"},
		{{0x0000000800012801, 0}, "PREFETCH_CFG SID=8 SSV=1 SSID=0x12"},
		{{0x0000000800012801, 0x5003}, "PREFETCH_CFG SID=8 SSV=1 SSID=0x12"},
		{{0x04, 31}, "CFGI_ALL RANGE=0x1f"},
		{{0x0000012000000004, 3}, "CFGI_STE_RANGE SID=0x120 RANGE=3"},
		{{0x0000012000000004, 30}, "CFGI_STE_RANGE SID=0x120 RANGE=0x1e"},
		{{0x0000001000000006, 0}, "CFGI_CD_ALL SID=0x10"},
		{{0x0000000300000010, 0}, "TLBI_NH_ALL VMID=3"},
		{{0x0007000300000011, 0}, "TLBI_NH_ASID VMID=3 ASID=7"},
		{{0x0000000300001013, 0x5400},
		 "TLBI_NH_VAA VMID=3 ADDR=0x5000 LEAF=0 TG=1 NUM=1 SCALE=0 TTL=0"},
		{{0x20, 0}, "TLBI_EL2_ALL"},
		{{0x0007000300000021, 0}, "TLBI_EL2_ASID ASID=7"},
		{{0x0007000300000022, 0x5001}, "TLBI_EL2_VA ASID=7 ADDR=0x5000 LEAF=1 TG=0"},
		/* NUM, SCALE and TTL mean something with a granule only. */
		{{0x0007000303f1f012, 0x5301}, "TLBI_NH_VA VMID=3 ASID=7 ADDR=0x5000 LEAF=1 TG=0"},
		{{0x0007000303f1f012, 0x5f01},
		 "TLBI_NH_VA VMID=3 ASID=7 ADDR=0x5000 LEAF=1 TG=3 NUM=0x1f SCALE=0x3f TTL=3"},
		{{0x28 | UINT64_C(1) << 32, 0}, "TLBI_S12_VMALL VMID=1"},
		{{0x2a | UINT64_C(1) << 32, 0x1000}, "TLBI_S2_IPA VMID=1 IPA=0x1000 LEAF=0 TG=0"},
		/* An IPA has 52 bits. */
		{{0x2a | UINT64_C(1) << 32, 0xfff0000000001401},
		 "TLBI_S2_IPA VMID=1 IPA=0x1000 LEAF=1 TG=1 NUM=0 SCALE=0 TTL=0"},
		{{0x30, 0}, "TLBI_NSNH_ALL"},
		{{0x0000001000000040, 52}, "ATC_INV SID=0x10 SSV=0 SIZE=0x34"},
		/* Without SSV neither the SubstreamID nor GLOBAL counts, of all the address does
		   not. */
		{{0x0000001000005240, 0x7003}, "ATC_INV SID=0x10 SSV=0 ADDR=0x7000 SIZE=3"},
		{{0x0000001000005840, 0x7034}, "ATC_INV SID=0x10 SSV=1 SSID=5 GLOBAL=0 SIZE=0x34"},
		{{0x0000001000005840, 0x7033},
		 "ATC_INV SID=0x10 SSV=1 SSID=5 GLOBAL=0 ADDR=0x7000 SIZE=0x33"},
		{{0x0000001000005a40, 0x7003},
		 "ATC_INV SID=0x10 SSV=1 SSID=5 GLOBAL=1 ADDR=0x7000 SIZE=3"},
		{{0x0000001000005841, 0x2009}, "PRI_RESP SID=0x10 SSV=1 SSID=5 GRPID=9 RESP=2"},
		{{0x0000001000005041, 0x2009}, "PRI_RESP SID=0x10 SSV=0 GRPID=9 RESP=2"},
		{{0x0000001000001044, 0x9}, "RESUME SID=0x10 STAG=9 RESP=1"},
		/* CS=1 alone sends a message. Of its address bits 51:2 count. */
		{{0x123456788f401046, 0xfff000000808004f},
		 "CMD_SYNC CS=1 MSH=1 MSIATTR=0xf MSIDATA=0x12345678 MSIADDR=0x808004c"},
		{{0xffffffff00001046, UINT64_MAX},
		 "CMD_SYNC CS=1 MSH=0 MSIATTR=0 MSIDATA=0xffffffff MSIADDR=0xffffffffffffc"},
		{{0xffffffff0fc02046, UINT64_MAX}, "CMD_SYNC CS=2"},
		{{0xffffffff0fc03046, UINT64_MAX}, "CMD_SYNC CS=3"},
	};

	check(cases, COUNT(cases));
}

/* It is illegal in a queue that is not secure: all that is wrong with such a command. */
TEST(a_command_for_a_secure_stream_says_so)
{
	static const struct described cases[] = {
		{{0x0000000800000401, 0}, "PREFETCH_CFG SID=8 SSEC=1 SSV=0"},
		{{0x0000000800000402, 0}, "PREFETCH_ADDR SID=8 SSEC=1 SSV=0 ADDR=0 SIZE=0"},
		{{0x0000000800000403, 1}, "CFGI_STE SID=8 SSEC=1 LEAF=1"},
		{{0x0000012000000404, 3}, "CFGI_STE_RANGE SID=0x120 SSEC=1 RANGE=3"},
		{{0x0404, 31}, "CFGI_ALL SSEC=1 RANGE=0x1f"},
		{{0x0000000800000405, 1}, "CFGI_CD SID=8 SSEC=1 SSID=0 LEAF=1"},
		{{0x0000001000000406, 0}, "CFGI_CD_ALL SID=0x10 SSEC=1"},
		{{0x0000001000001444, 0x9}, "RESUME SID=0x10 SSEC=1 STAG=9 RESP=1"},
		{{0x0000000800000445, 0}, "STALL_TERM SID=8 SSEC=1"},
		/* These have no such bit. */
		{{0x0000000300000410, 0}, "TLBI_NH_ALL VMID=3"},
		{{0x0000001000000440, 52}, "ATC_INV SID=0x10 SSV=0 SIZE=0x34"},
		{{0x0000001000000441, 0x2009}, "PRI_RESP SID=0x10 SSV=0 GRPID=9 RESP=2"},
		{{0x0446, 0}, "CMD_SYNC CS=0"},
	};

	check(cases, COUNT(cases));
}

TEST(a_command_that_no_queue_of_ours_takes_has_a_name_too)
{
	static const struct described cases[] = {
		{{0x0000000800012802, 0x5003},
		 "PREFETCH_ADDR SID=8 SSV=1 SSID=0x12 ADDR=0x5000 SIZE=3"},
		{{0x0000000800012002, 0xfffffffffffffc1f},
		 "PREFETCH_ADDR SID=8 SSV=0 ADDR=0xfffffffffffff000 SIZE=0x1f"},
		{{0x0000000300000007, 0}, "CFGI_VMS_PIDM VMID=3"},
		{{0x0007000300000023, 0x5001}, "TLBI_EL2_VAA ADDR=0x5000 LEAF=1 TG=0"},
		{{0x0000000800000045, 0}, "STALL_TERM SID=8"},
		{{0x70, 0}, "DPTI_ALL"},
		{{0x73, 0x5000}, "DPTI_PA"},
	};

	check(cases, COUNT(cases));
}

TEST(an_unknown_opcode_says_so)
{
	char text[160];

	assert_int_equal(cmdqv_describe_command(0x99, 0, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "no command has opcode 0x99");
	assert_int_equal(cmdqv_describe_command(0, 0, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "no command has opcode 0x00");
	assert_int_equal(cmdqv_describe_command(0xff, 0, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "no command has opcode 0xff");
}

TEST(a_command_that_does_not_fit_is_cut_off)
{
	char text[9] = "xxxxxxxx";

	assert_int_equal(cmdqv_describe_command(0x46, 0, text, 8), 0);
	assert_string_equal(text, "CMD_SYN");
	/* Nothing is written, not even an end, where there is no room at all. */
	memset(text, 'x', sizeof(text));
	assert_int_equal(cmdqv_describe_command(0x46, 0, text + 4, 0), 0);
	assert_memory_equal(text, "xxxxxxxxx", sizeof(text));
}

/* [HW-13] */
TEST(each_error_code_has_words)
{
	assert_string_equal(cmdqv_describe_cerror(0), "no error");
	assert_string_equal(cmdqv_describe_cerror(1), "illegal command");
	assert_string_equal(cmdqv_describe_cerror(2), "abort on fetch");
	assert_string_equal(cmdqv_describe_cerror(3), "ATC_INV timed out");
	assert_string_equal(cmdqv_describe_cerror(4), "illegal access");
	assert_string_equal(cmdqv_describe_cerror(5), "unknown error");
}

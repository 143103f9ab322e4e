/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port on Linux before a kernel that fails and lies: a VMM's life on it, in which the input
 * says which system calls fail, and what words of their answers become something else. Whatever it
 * is told, each call of the library returns 0 or a negative errno with a sentence, and page 0 is
 * mapped only while a queue is bound. If no name of an object was a lie, nothing is left.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../idle.h"
#include "../iommufd/fixture.h"
#include "fuzz.h"

struct life {
	struct fuzz_input in;
	struct vmm vmm;
	struct cmdqv *dev;
	void *page;
	bool lied; /* about the name of an object */
};

/* ioctls by number, and where the pointer to their data lies, and its length. */
static const struct {
	unsigned long number;
	uint32_t pointer;
	uint32_t length;
	bool makes_an_object;
} asked[] = {
	{0x3B8A, 16, 12, false}, {0x3B90, 32, 24, true}, {0x3B93, 0, 0, true},
	{0x3B94, 0, 0, true},	 {0x3B91, 0, 0, true},	 {0x3B89, 0, 0, true},
};

static void put(struct life *life, uint8_t *to, uint32_t bytes)
{
	uint32_t at = fuzz_byte(&life->in) % (bytes / 4) * 4;
	uint8_t how = fuzz_byte(&life->in);
	uint32_t value = how < 64    ? 0
			 : how < 128 ? UINT32_MAX
			 : how < 192 ? how
				     : (uint32_t)fuzz_take(&life->in, 4);

	memcpy(to + at, &value, sizeof(value));
}

/* Answers keep what the library put there to be found again: sizes and pointers. */
static void tamper(void *context, unsigned long number, uint8_t *argument)
{
	struct life *life = context;
	uint32_t bytes;
	uint64_t data = 0;

	if (fuzz_byte(&life->in) < 200)
		return;
	memcpy(&bytes, argument, sizeof(bytes));
	for (size_t i = 0; i < COUNT(asked); i++) {
		if (asked[i].number != number)
			continue;
		life->lied = life->lied || asked[i].makes_an_object;
		if (asked[i].pointer && fuzz_byte(&life->in) & 1) {
			memcpy(&data, argument + asked[i].pointer, sizeof(data));
			memcpy(&bytes, argument + asked[i].length, sizeof(bytes));
			put(life, (uint8_t *)(uintptr_t)data, bytes);
			return;
		}
	}
	/* Closing the descriptor of another would be the test's fault. */
	if (number != 0x3B93)
		put(life, argument, bytes);
	else
		memset(argument + 20, 0, 4);
}

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	struct life *life = user;

	must(!life->page);
	if (fuzz_byte(&life->in) % 16 == 1)
		return -ENOSPC;
	life->page = page->view.host;
	return 0;
}

static void page0_unmap(void *user)
{
	must(((struct life *)user)->page != NULL);
	((struct life *)user)->page = NULL;
}

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	(void)bytes;
	return gpa.value >= RAM_GPA;
}

static void take_log(void *user, const struct cmdqv_log *log)
{
	(void)user;
	must(log->text[0] != 0);
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = page0_unmap,
	.interrupt = idle,
	.is_guest_ram = is_guest_ram,
	.log = take_log,
};

static void answered(int err, const struct cmdqv_error *why)
{
	must(err <= 0);
	must(err == 0 || (why->code == err && why->text[0] != 0));
}

static void access_device(struct life *life)
{
	uint8_t what = fuzz_byte(&life->in);
	uint64_t queue = what >> 4 & 3;
	struct cmdqv_mmio access = {.size = 4, .write = true, .value = what >> 7 ? 0 : 1};

	switch (what % 6) {
	case 0:
		access.offset = 0;
		break;
	case 1:
		access.offset = 0x1000;
		break;
	case 2:
		access.offset = 0x200 + 4 * queue;
		access.value |= queue << 1;
		break;
	case 3:
		access.offset = 0x20000 + 0x80 * queue;
		access.size = 8;
		access.value = (RAM_GPA + queue * RING_BYTES) | (access.value ? 4 : 0);
		break;
	default:
		access.offset = 0x10000 + 0x80 * queue + 4 * (what % 5U);
		access.value = fuzz_byte(&life->in);
		access.write = what & 8;
	}
	must(cmdqv_access(life->dev, &access) == 0);
}

/* A record: of lost events, of either kind, or whatever; mostly its head is sound. */
static void feed(struct life *life, int fd)
{
	static const uint8_t lengths[] = {8, 24, 40, 24};
	uint8_t bytes[64] = {0};
	uint8_t how = fuzz_byte(&life->in);
	size_t length = how < 200 ? lengths[how % 4] : how % (sizeof(bytes) + 1);
	uint8_t noise = fuzz_byte(&life->in);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i < 4 && noise < 240 ? 0 : fuzz_byte(&life->in);
	if (noise < 240) {
		bytes[0] = length == 8;
		bytes[7] &= 0x7f;
	}
	front_feed(fd, bytes, length, length ? 0 : EIO);
}

static void use_devices(struct life *life)
{
	struct cmdqv_error why = {0};
	struct cmdqv_viommu_command commands[130];
	struct cmdqv_viommu_result result = {0};
	struct cmdqv_viommu_event event;
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_viommu *viommu = life->vmm.viommu;
	uint8_t what = fuzz_byte(&life->in);
	cmdqv_vsid_t vsid = {what >> 4};
	uint64_t ste[2] = {what & 8 ? STE_STAGE1 : STE_BYPASS, 0};
	uint32_t idr[CMDQV_SMMU_IDRS] = {UINT32_MAX, UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX};
	int err;
	size_t count = what >> 1;

	switch (what % 5) {
	case 0:
		answered(cmdqv_viommu_add_device(viommu, vsid, life->vmm.dev_id[what >> 4],
						 life->vmm.device[what >> 4], &why),
			 &why);
		break;
	case 1:
		answered(cmdqv_viommu_set_ste(viommu, vsid, ste, &why), &why);
		break;
	case 2:
		answered(cmdqv_viommu_remove_device(viommu, vsid, &why), &why);
		break;
	case 3:
		for (size_t i = 0; i < count; i++)
			commands[i] = (struct cmdqv_viommu_command){{what & 8 ? 0x10 : 0x46, 0}};
		answered(cmdqv_viommu_invalidate(viommu, commands, count, &result, &why), &why);
		must(result.issued <= count);
		break;
	default:
		err = cmdqv_iommufd_query(life->vmm.iommufd, life->vmm.dev_id[what >> 4], &info,
					  &why);
		answered(err, &why);
		if (err == 0)
			answered(cmdqv_hw_info_limit_idr(&info, 1ULL << (what >> 4), idr, &why),
				 &why);
		if (cmdqv_viommu_smmu_event_fd(viommu) >= 0)
			feed(life, cmdqv_viommu_smmu_event_fd(viommu));
		must(cmdqv_viommu_smmu_event(viommu, &event) <= 1);
	}
}

static void check_page(const struct life *life)
{
	struct cmdqv_state state = {.size = sizeof(state)};

	must(cmdqv_get_state(life->dev, &state) == 0);
	must((life->page != NULL) == (state.page0 == CMDQV_PAGE0_MAPPED));
	must(!life->page || (state.vintf_enabled && !state.backend_broken));
}

static void live(struct life *life)
{
	static const int errors[] = {EIO,   ENOMEM, EBUSY,     ENOSPC, ENOENT,
				     EINTR, EINVAL, ETIMEDOUT, EBADF,  ENODEV};
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 8};

	if (cmdqv_create(&life->dev, &config, &life->vmm.backend, &vmm_ops, life, NULL))
		return;
	while (life->in.left > 0) {
		uint8_t what = fuzz_byte(&life->in);

		if (what < 150)
			access_device(life);
		else if (what < 210)
			use_devices(life);
		else if (what < 225)
			front_fail(1 + what % 4, 1 + what % 4 + (what & 1 ? 20 : 0),
				   errors[fuzz_byte(&life->in) % COUNT(errors)]);
		else if (what < 245) {
			if (what < 235)
				feed(life, cmdqv_event_fd(life->dev));
			(void)cmdqv_events(life->dev);
		} else
			(void)cmdqv_reset(life->dev);
		check_page(life);
	}
	cmdqv_destroy(life->dev);
	must(!life->page);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct life life = {.in = {bytes, size}};
	struct cmdqv_error why = {0};
	int err;

	vmm_prepare(&life.vmm, &front_port);
	front_tamper_with(tamper, &life);
	err = vmm_open_viommu(&life.vmm, &why);
	answered(err, &why);
	if (err == 0) {
		live(&life);
		front_fail(0, 0, 0);
		vmm_close_viommu(&life.vmm);
	}
	front_tamper_with(NULL, NULL);
	must(front_mappings() == 0 || life.lied);
	must(front_event_descriptors() == 0 || life.lied);
	vmm_finish(&life.vmm);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine with rings that run: VINTF 1 has an honest queue, whose commands must be executed as
 * they were sent, in order, with the VINTF's VMID, whatever happens beside it. In the other queues,
 * of the same VINTF and of VINTF 2, the input writes where it likes, between visits and while
 * commands execute. What the host does to VINTF 2 is the input's too, and so are faults and errata.
 */
#include <errno.h>
#include <string.h>

#include <cmdqv/model/model.h>

#include "../idle.h"
#include "fuzz.h"

enum {
	RING = 16,
	LOG2 = 4,
	QUEUES = 4, /* 0 and 1 of VINTF 1, 2 and 3 of VINTF 2; 0 is honest */
	CONS = 0,
	PROD = 1,
	CONFIG = 2,
	GERROR = 4,
	GERRORN = 5,
	VCMDQ = 2, /* the first of them in the hardware */
	VMID = 7,  /* of VINTF 1; VINTF 2 has the next */
};
#define BASE(queue) (0x10000ULL + 0x1000ULL * (queue))

struct rig {
	struct fuzz_input in;
	struct cmdqv_model *model;
	_Atomic uint64_t rings[QUEUES][2 * RING];
	_Atomic uint32_t *pages[2];
	uint64_t sent[2 * RING]; /* by the honest queue, as they must be executed */
	uint32_t num_sent;
	uint32_t num_executed;
	uint32_t prod;
	bool scribbles; /* while commands execute */
	bool reads_entries;
	bool takes_notes;
	bool owned; /* VINTF 2, by the hypervisor: it may send every command */
};

static _Atomic uint32_t *word(struct rig *rig, uint32_t queue, uint32_t reg)
{
	return &rig->pages[queue / 2][queue % 2 * 0x20 + reg];
}

static int read_memory(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	struct rig *rig = user;
	uint64_t at = address - BASE(0);
	uint64_t queue = at / 0x1000;

	if (address < BASE(0) || queue >= QUEUES || at % 0x1000 + bytes > 0x1000)
		return -EFAULT;
	must(queue >= 2 || vintf == 1);
	for (size_t i = 0; i < bytes / 8; i++) /* a larger ring has the same entries again */
		((uint64_t *)buffer)[i] = rig->rings[queue][(at % 0x1000 / 8 + i) % (2 * RING)];
	return 0;
}

/* [HW-15] What is written is where the queue is; elsewhere than the honest one's it may fail. */
static int write_cons(void *user, uint32_t vintf, uint64_t address, uint32_t value)
{
	struct rig *rig = user;

	if (vintf == 1 && address == BASE(0))
		must(value < 2 * RING);
	else if (fuzz_byte(&rig->in) % 4 == 1)
		return -EFAULT;
	return 0;
}

/* Anything but the honest queue's words and ring. */
static void scribble(struct rig *rig)
{
	uint32_t queue = 1 + fuzz_byte(&rig->in) % (QUEUES - 1);
	uint8_t what = fuzz_byte(&rig->in);
	uint8_t how = fuzz_byte(&rig->in);

	if (what < 128) {
		static const uint8_t opcodes[] = {0x11, 0x12, 0x40, 0x46, 0x46, 0x12, 0x11, 0x30,
						  0x01, 0x03, 0x04, 0x05, 0x06, 0x10, 0x13, 0x20,
						  0x21, 0x22, 0x28, 0x2a, 0x41, 0x44, 0x46, 0x40};
		uint32_t entry = what % RING;

		rig->rings[queue][2 * entry] =
			how < 160   ? opcodes[how % 8] | fuzz_take(&rig->in, 2) << 32
			: how < 248 ? opcodes[how % 24] | fuzz_take(&rig->in, 7) << 8
				    : fuzz_take(&rig->in, 8);
		rig->rings[queue][2 * entry + 1] = fuzz_take(&rig->in, how < 160 ? 2 : 8);
	} else if (how < 200) { /* a step forward, an acknowledgement, an enable */
		*word(rig, queue, PROD) = *word(rig, queue, CONS) + (how < 160 ? how % RING : how);
		*word(rig, queue, GERRORN) = *word(rig, queue, GERROR);
		*word(rig, queue, CONFIG) = how != 199;
	} else {
		*word(rig, queue, what % 8) = (uint32_t)fuzz_take(&rig->in, 4);
	}
}

static int execute(void *user, const struct cmdqv_command *command)
{
	struct rig *rig = user;

	must(command->vintf == 1 || command->vintf == 2);
	must(cmdqv_model_run(rig->model, 1) == -EBUSY);
	if (command->vintf == 1 || !rig->owned) {
		must(command->opcode == 0x11 || command->opcode == 0x12 ||
		     command->opcode == 0x40 || command->opcode == 0x46);
		must(command->opcode == 0x40 || command->opcode == 0x46 ||
		     command->vmid == VMID + command->vintf - 1);
		must(command->opcode != 0x40 || command->sid == 0x100 + command->vintf);
	}
	if (command->queue == VCMDQ) {
		const uint64_t *sent = &rig->sent[rig->num_executed % RING * 2];

		must(rig->num_executed < rig->num_sent);
		must(command->opcode == (sent[0] & 0xff));
		if (command->opcode == 0x12)
			must(command->address == (sent[1] & ~0xfffULL) &&
			     command->asid == sent[0] >> 48);
		rig->num_executed++;
	}
	if (rig->scribbles)
		scribble(rig);
	return command->queue > VCMDQ && fuzz_byte(&rig->in) % 16 == 1 ? -ETIMEDOUT : 0;
}

/* What the model tells can be written down. */
static void take_note(void *user, const struct cmdqv_trace_event *event)
{
	char line[CMDQV_TRACE_LINE_BYTES];

	(void)user;
	must(cmdqv_trace_format(event, line, sizeof(line)) > 0);
}

static void host_write(struct rig *rig, uint64_t offset, uint64_t value)
{
	struct cmdqv_mmio access = {
		.offset = offset, .value = value, .size = offset >= 0x20000 ? 8 : 4, .write = true};

	must(cmdqv_model_access(rig->model, &access) == 0);
}

/* What the host does beside the honest queue: to VINTF 2, to its queues, to all of the CMDQV. */
static void act_as_host(struct rig *rig)
{
	uint8_t what = fuzz_byte(&rig->in);
	uint8_t how = fuzz_byte(&rig->in);
	uint32_t vcmdq = VCMDQ + 1 + how % (QUEUES - 1);
	uint32_t queue = 2 + how % 2;
	struct cmdqv_mmio look = {.size = how & 1 ? 8 : 4};

	switch (what % 8) {
	case 0:
		rig->owned = how & 2;
		host_write(rig, 0x1200,
			   (rig->owned ? 1U << 17 : 0) | (VMID + 1) << 1 | (how >> 2 & 3) > 0);
		break;
	case 1:
		host_write(rig, 0x200 + 4 * (VCMDQ + queue),
			   how < 64    ? 0
			   : how < 240 ? 2U << 15 | queue % 2 << 1 | 1
				       : fuzz_take(&rig->in, 4));
		break;
	case 2:
		host_write(rig, 0x20000 + 0x80 * (VCMDQ + queue), BASE(queue) | how >> 3);
		host_write(rig, 0x20008 + 0x80 * (VCMDQ + queue), how >> 1);
		break;
	case 3: /* through the VINTF's page, or directly */
		host_write(rig,
			   (what & 8 ? 0x70000 : 0x10000 + 0x80 * (VCMDQ + 2)) +
				   0x80 * (queue - 2) + (how & 0x1c),
			   fuzz_take(&rig->in, 1));
		break;
	case 4: /* the honest one waits meanwhile, and loses nothing */
		host_write(rig, 0x0, 1 << 20 | how % 4);
		break;
	case 5:
		must(cmdqv_model_inject(rig->model, vcmdq, what / 8 % CMDQV_FAULTS, how >> 6) == 0);
		must(cmdqv_model_refuse(rig->model, vcmdq, how % RING, 1 + what / 8 % 4) == 0);
		break;
	case 6:
		must(cmdqv_model_renew_page(rig->model, 2) <= 0);
		must(cmdqv_model_smmu_sync(rig->model) <= 0);
		must(cmdqv_model_exchange_time_out(rig->model, vcmdq, how & 1) >= 0);
		host_write(rig, 0x1c, how >> 4);
		break;
	default:
		look.offset = fuzz_take(&rig->in, 3) & ~3ULL;
		must(cmdqv_model_access(rig->model, &look) == 0);
	}
}

/* What a host sets up: VCMDQs 2 to 5 belong to VINTFs 1 and 2. */
static void begin(struct rig *rig)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 3, .log2_vintfs = 2, .log2_sids = 1};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = read_memory,
		.execute = execute,
		.interrupt = idle,
		.kick = idle,
		.read_entries = rig->reads_entries ? read_memory : NULL,
		.write = write_cons,
		.trace = rig->takes_notes ? take_note : NULL,
	};

	must(cmdqv_model_create(&rig->model, &config, &ops, rig, NULL) == 0);
	host_write(rig, 0x0, 1);
	for (uint32_t vintf = 1; vintf <= 2; vintf++) {
		struct cmdqv_page_view view;

		must(cmdqv_model_page(rig->model, vintf, &view) == 0);
		rig->pages[vintf - 1] = (_Atomic uint32_t *)view.host;
		host_write(rig, 0x1040 + 0x100 * vintf, 3); /* vSID 1 */
		host_write(rig, 0x1080 + 0x100 * vintf, 0x100 + vintf);
		host_write(rig, 0x1000 + 0x100 * vintf, (VMID + vintf - 1) << 1 | 1);
	}
	for (uint32_t queue = 0; queue < QUEUES; queue++) {
		uint32_t vintf = queue / 2 + 1;

		host_write(rig, 0x200 + 4 * (VCMDQ + queue), vintf << 15 | queue % 2 << 1 | 1);
		host_write(rig, 0x20000 + 0x80 * (VCMDQ + queue), BASE(queue) | LOG2);
		host_write(rig, 0x20008 + 0x80 * (VCMDQ + queue), BASE(queue));
		*word(rig, queue, CONFIG) = 1;
	}
	must(cmdqv_model_run(rig->model, 0) >= 0);
	while (cmdqv_model_run(rig->model, 64) > 0)
		;
}

/* The honest guest sends what it may, as far as there is room. */
static void send(struct rig *rig)
{
	uint32_t count = fuzz_byte(&rig->in) % RING;

	for (; count > 0 && rig->num_sent - rig->num_executed < RING; count--) {
		static const uint8_t opcodes[] = {0x12, 0x46, 0x11, 0x40};
		uint8_t opcode = opcodes[fuzz_byte(&rig->in) % 4];
		uint64_t *sent = &rig->sent[rig->num_sent % RING * 2];

		sent[0] = opcode | (opcode == 0x40 ? 1ULL << 32 : opcode == 0x46 ? 0 : 5ULL << 48);
		sent[1] = opcode == 0x46 ? 0 : fuzz_take(&rig->in, 4) << 12;
		rig->rings[0][rig->num_sent % RING * 2] = sent[0];
		rig->rings[0][rig->num_sent % RING * 2 + 1] = sent[1];
		rig->num_sent++;
	}
	rig->prod = rig->num_sent % (2 * RING);
	*word(rig, 0, PROD) = rig->prod;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct rig rig;

	uint8_t first;

	memset(&rig, 0, sizeof(rig));
	rig.in = (struct fuzz_input){bytes, size};
	first = fuzz_byte(&rig.in);
	rig.reads_entries = first & 2;
	rig.takes_notes = first & 4;
	begin(&rig);
	rig.scribbles = first & 1;
	while (rig.in.left > 0) {
		uint8_t what = fuzz_byte(&rig.in);

		if (what < 64)
			send(&rig);
		else if (what < 144)
			scribble(&rig);
		else if (what < 192)
			act_as_host(&rig);
		else
			must(cmdqv_model_run(rig.model, what - 191U) >= 0);
		if (what >= 192)
			(void)cmdqv_model_pending(rig.model);
	}
	rig.scribbles = false;
	host_write(&rig, 0x0, 1);
	for (uint32_t i = 0; i < 4 * RING * QUEUES && rig.num_executed < rig.num_sent; i++)
		must(cmdqv_model_run(rig.model, 8) >= 0);
	must(rig.num_executed == rig.num_sent && *word(&rig, 0, CONS) == rig.prod &&
	     *word(&rig, 0, GERROR) == 0);
	must(cmdqv_model_reset(rig.model) == 0 && cmdqv_model_run(rig.model, 8) == 0);
	cmdqv_model_destroy(rig.model);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest VMM that has a CMDQV: what an embedder writes, on the software backend.
 * It plays its own guest at the end: one queue, one invalidation, through the page that
 * the guest would have mapped.
 */
#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

/* As C++, g++ would warn of each member that is not named, and so 0: they are meant to be. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

alignas(4096) static char ram[1 << 20]; /* the guest's memory, at guest address 0 */
static void *page0;			/* where the guest sees VINTF page 0, or NULL */

/* [embed] What the VMM lends: a memslot, an interrupt, its memory map, its log. */
static int map(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	page0 = page->view.host; /* here: KVM_SET_USER_MEMORY_REGION; never into an IOAS */
	return 0;
}
static void unmap(void *vmm)
{
	(void)vmm;
	page0 = NULL;
}
static void interrupt(void *vmm)
{
	(void)vmm; /* here: an edge on the CMDQV's line */
}
static bool is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value < sizeof(ram) && bytes <= sizeof(ram) - gpa.value;
}
static void print(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm;
	fprintf(stderr, "%s: %s\n", log->id, log->text);
}
static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = map,
	.page0_unmap = unmap,
	.interrupt = interrupt,
	.is_guest_ram = is_ram,
	.log = print,
};

static struct cmdqv *attach(const struct cmdqv_backend *backend)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 8, .guest_is_coherent = true};
	struct cmdqv_error why;
	struct cmdqv *dev;

	if (cmdqv_create(&dev, &config, backend, &vmm_ops, NULL, &why)) {
		fprintf(stderr, "no CMDQV: %s\n", why.text);
		exit(2);
	}
	return dev;
}

/* On an exit in the window: hand it over. When cmdqv_event_fd() is readable: cmdqv_events(). */
static uint64_t on_exit_at(struct cmdqv *dev, uint64_t offset, uint8_t size, bool write,
			   uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = write};

	cmdqv_access(dev, &access);
	return access.value;
}
/* [embed] */

static int execute(void *user, const struct cmdqv_command *command)
{
	char text[128];

	(void)user;
	cmdqv_describe_command(command->raw[0], command->raw[1], text, sizeof(text));
	printf("executed: %s\n", text);
	return 0;
}

static void kick(void *user)
{
	(void)user; /* the engine is run below */
}

static void store(uint32_t *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static uint32_t load(const uint32_t *from)
{
	return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

/* What a guest's driver would do; the last two stores cause no exit. */
static bool play_guest(struct cmdqv *dev, struct cmdqv_soft_host *host)
{
	const uint64_t vintf = CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG;
	const uint64_t base = CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE;
	uint64_t *ring = (uint64_t *)(void *)(ram + 0x1000);
	uint32_t *registers;

	on_exit_at(dev, vintf, 4, true, CMDQV_VINTF_CONFIG_ENABLE);
	on_exit_at(dev, CMDQV_REG_CMDQ_ALLOC, 4, true, CMDQV_CMDQ_ALLOC_ALLOCATED);
	on_exit_at(dev, base, 8, true, 0x1000 | 4); /* 16 entries at 0x1000: page 0 is mapped now */
	if (!page0)
		return false;
	registers = (uint32_t *)page0;
	ring[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL);
	ring[2] = CMDQV_OP_CMD_SYNC;
	store(&registers[CMDQV_REG_VCMDQ_CONFIG / 4], CMDQV_VCMDQ_CONFIG_EN);
	store(&registers[CMDQV_REG_VCMDQ_PROD / 4], 2);
	while (cmdqv_soft_host_run(host, 64) > 0)
		; /* on Grace the hardware does this */
	return load(&registers[CMDQV_REG_VCMDQ_CONS / 4]) == 2;
}

int main(void)
{
	const struct cmdqv_soft_host_config host_config = {.size = sizeof(host_config),
							   .log2_vcmdqs = 2,
							   .log2_vintfs = 1,
							   .log2_sids = 4,
							   .cmdqs = 8};
	const struct cmdqv_soft_ops host_ops = {
		.size = sizeof(host_ops), .execute = execute, .kick = kick};
	struct cmdqv_soft_host *host;
	struct cmdqv_backend backend;
	struct cmdqv_viommu *viommu;
	struct cmdqv_soft_vm *vm;
	struct cmdqv *dev;
	bool done;

	if (cmdqv_soft_host_create(&host, &host_config, &host_ops, NULL, NULL) ||
	    cmdqv_soft_vm_create(&vm, host, NULL) || cmdqv_soft_open(&viommu, vm, &backend, NULL) ||
	    cmdqv_soft_map_ram(vm, (cmdqv_gpa_t){0}, ram, sizeof(ram)))
		return 2;
	dev = attach(&backend);
	done = play_guest(dev, host);
	cmdqv_destroy(dev);
	cmdqv_viommu_close(viommu);
	cmdqv_soft_vm_destroy(vm);
	cmdqv_soft_host_destroy(host);
	puts(done ? "the invalidation was executed without an exit" : "it was not executed");
	return done ? 0 : 1;
}

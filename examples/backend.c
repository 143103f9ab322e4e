/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A backend of one's own (backend.h): queues that are neither a Grace's nor the model's, such as an
 * emulator has. Its hardware is the function hardware_look(). main() plays VMM and guest: an
 * invalidation through the mapped page, and a command that is refused, with the interrupt that
 * tells of it.
 */
#include <cmdqv/cmdqv.h>
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* As C++, g++ would warn of each member that is not named, and so 0: they are meant to be. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define QUEUES 4

alignas(4096) static char ram[1 << 20]; /* the guest's memory, at guest address 0 */

/* ---- the hardware: a page of registers, and rings in the guest's memory ---- */

struct hardware {
	alignas(4096) uint32_t page[CMDQV_PAGE_BYTES / 4];
	const uint64_t *ring[QUEUES]; /* NULL: not bound */
	uint32_t entries[QUEUES];
	uint32_t sequence; /* of events */
	int events;	   /* eventfd: one read takes one event */
};

static uint32_t *reg_at(struct hardware *hw, uint32_t index, uint32_t reg)
{
	return &hw->page[(index * CMDQV_VCMDQ_STRIDE + reg) / 4];
}

/* A guest stores into the same words, so each access is one load or one store. */
static uint32_t load(const uint32_t *from)
{
	return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

/* Returns a CONS.ERR. */
static uint32_t execute(uint64_t command)
{
	switch (command & CMDQV_CMD0_OPCODE) {
	case CMDQV_OP_TLBI_NH_ASID:
		puts("the TLB forgets an ASID"); /* here: the emulator's own */
		return CMDQV_CERROR_NONE;
	case CMDQV_OP_CMD_SYNC:
		return CMDQV_CERROR_NONE;
	default:
		return CMDQV_CERROR_ILL;
	}
}

/* CONS stays at the command, and an error becomes pending: GERROR differs from GERRORN. */
static void refuse(struct hardware *hw, uint32_t index, uint32_t cons, uint32_t why)
{
	const uint64_t one = 1;
	uint32_t *gerror = reg_at(hw, index, CMDQV_REG_VCMDQ_GERROR);

	store(reg_at(hw, index, CMDQV_REG_VCMDQ_CONS), cons | CMDQV_SET(CMDQV_VCMDQ_CONS_ERR, why));
	store(gerror, load(gerror) ^ CMDQV_VCMDQ_GERROR_CMDQ_ERR);
	if (write(hw->events, &one, sizeof(one)) != sizeof(one))
		perror("event");
}

static bool is_running(struct hardware *hw, uint32_t index)
{
	return load(reg_at(hw, index, CMDQV_REG_VCMDQ_STATUS)) &&
	       load(reg_at(hw, index, CMDQV_REG_VCMDQ_GERROR)) ==
		       load(reg_at(hw, index, CMDQV_REG_VCMDQ_GERRORN));
}

/*
 * An emulator calls it from its own loop too, because a store into a mapped page gives no sign. The
 * loop must hold the lock that the VMM holds around each call on the device. Without it the device
 * may unbind a queue whose commands this function executes.
 */
static void hardware_look(struct hardware *hw, uint32_t index)
{
	uint32_t *cons = reg_at(hw, index, CMDQV_REG_VCMDQ_CONS);
	uint32_t at, why, wrap = hw->entries[index] * 2 - 1;

	if (!hw->ring[index])
		return;
	store(reg_at(hw, index, CMDQV_REG_VCMDQ_STATUS),
	      load(reg_at(hw, index, CMDQV_REG_VCMDQ_CONFIG)) & CMDQV_VCMDQ_CONFIG_EN);
	while (is_running(hw, index)) {
		at = load(cons) & wrap;
		if (at == (load(reg_at(hw, index, CMDQV_REG_VCMDQ_PROD)) & wrap))
			return;
		/* One load: what a guest changes while it is executed has no effect. */
		why = execute(__atomic_load_n(&hw->ring[index][at % hw->entries[index] * 2],
					      __ATOMIC_RELAXED));
		if (why)
			refuse(hw, index, at, why);
		else
			store(cons, (at + 1) & wrap);
	}
}

/* ---- [backend] what the device asks of it ---- */

static int geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	(void)impl;
	geometry->num_lvcmdqs = QUEUES;
	geometry->num_sids = 1;
	geometry->version = 1;
	return 0;
}

static int queue_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
		      struct cmdqv_error *error)
{
	struct hardware *hw = (struct hardware *)impl;

	/* The device asked the VMM whether this is RAM; who maps it asks again. */
	if (base.value >= sizeof(ram) || bytes > sizeof(ram) - base.value)
		return cmdqv_error_set(error, -ENOENT, "no-ram", "0x%llx is not RAM",
				       (unsigned long long)base.value);
	hw->ring[index] = (const uint64_t *)(const void *)(ram + base.value);
	hw->entries[index] = (uint32_t)(bytes / CMDQV_ENTRY_BYTES);
	/* Disabled, as a bind hands it over. GERROR keeps its phase. */
	store(reg_at(hw, index, CMDQV_REG_VCMDQ_CONFIG), 0);
	store(reg_at(hw, index, CMDQV_REG_VCMDQ_STATUS), 0);
	store(reg_at(hw, index, CMDQV_REG_VCMDQ_PROD), 0);
	store(reg_at(hw, index, CMDQV_REG_VCMDQ_CONS), 0);
	return 0;
}

static void queue_unbind(void *impl, uint32_t index)
{
	struct hardware *hw = (struct hardware *)impl;

	store(reg_at(hw, index, CMDQV_REG_VCMDQ_CONFIG), 0);
	hardware_look(hw, index);
	hw->ring[index] = NULL;
}

static uint32_t queue_read(void *impl, uint32_t index, uint32_t reg)
{
	return load(reg_at((struct hardware *)impl, index, reg));
}

static void queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	store(reg_at((struct hardware *)impl, index, reg), value);
	hardware_look((struct hardware *)impl, index);
}

static int page0_view(void *impl, struct cmdqv_page_view *view)
{
	memset(view, 0, sizeof(*view));
	view->host = ((struct hardware *)impl)->page;
	view->fd = -1;
	view->flags = CMDQV_PAGE_IS_MEMORY;
	view->length = CMDQV_PAGE_BYTES;
	return 0;
}

static int event_fd(void *impl)
{
	return ((struct hardware *)impl)->events;
}

static int event_read(void *impl, struct cmdqv_backend_event *event)
{
	struct hardware *hw = (struct hardware *)impl;
	uint64_t one;

	if (read(hw->events, &one, sizeof(one)) != sizeof(one))
		return errno == EAGAIN ? 0 : -errno;
	memset(event, 0, sizeof(*event));
	event->sequence = hw->sequence++ & INT32_MAX;
	return 1;
}

static int broken(void *impl)
{
	(void)impl;
	return 0; /* nothing here can fail to be undone */
}

static const struct cmdqv_backend_ops backend_ops = {
	.size = sizeof(backend_ops),
	.geometry = geometry,
	.queue_bind = queue_bind,
	.queue_unbind = queue_unbind,
	.queue_read = queue_read,
	.queue_write = queue_write,
	.page0_view = page0_view,
	.event_fd = event_fd,
	.event_read = event_read,
	.broken = broken,
};
/* [backend] */

/* ---- the VMM: see embed.c ---- */

static uint32_t *page0;
static int interrupts;

static int map_page(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	page0 = (uint32_t *)page->view.host;
	return 0;
}
static void unmap_page(void *vmm)
{
	(void)vmm;
	page0 = NULL;
}
static void interrupt(void *vmm)
{
	(void)vmm;
	interrupts++;
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
	.page0_map = map_page,
	.page0_unmap = unmap_page,
	.interrupt = interrupt,
	.is_guest_ram = is_ram,
	.log = print,
};

static void guest_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	cmdqv_access(dev, &access);
}

static bool play_guest(struct cmdqv *dev, struct hardware *hw)
{
	uint64_t *ring = (uint64_t *)(void *)(ram + 0x1000);
	uint32_t cons;

	guest_write(dev, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	guest_write(dev, CMDQV_REG_CMDQ_ALLOC, 4, CMDQV_CMDQ_ALLOC_ALLOCATED);
	guest_write(dev, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8, 0x1000 | 4);
	if (!page0)
		return false;
	ring[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL);
	ring[2] = CMDQV_OP_CMD_SYNC;
	ring[4] = 0xEE; /* no command */
	store(&page0[CMDQV_REG_VCMDQ_CONFIG / 4], CMDQV_VCMDQ_CONFIG_EN);
	store(&page0[CMDQV_REG_VCMDQ_PROD / 4], 3);
	hardware_look(hw, 0); /* here: the emulator's loop */
	cmdqv_events(dev);    /* here: cmdqv_event_fd() became readable */
	cons = load(&page0[CMDQV_REG_VCMDQ_CONS / 4]);
	if (cons != (2 | CMDQV_SET(CMDQV_VCMDQ_CONS_ERR, CMDQV_CERROR_ILL)) || interrupts != 1)
		return false;
	puts("the third command was refused, and the guest interrupted");
	ring[4] = CMDQV_OP_CMD_SYNC; /* its handler replaces the command, and acknowledges */
	store(&page0[CMDQV_REG_VCMDQ_GERRORN / 4], load(&page0[CMDQV_REG_VCMDQ_GERROR / 4]));
	hardware_look(hw, 0);
	return load(&page0[CMDQV_REG_VCMDQ_CONS / 4]) == 3;
}

int main(void)
{
	static struct hardware hw;
	const struct cmdqv_backend backend = {.ops = &backend_ops, .impl = &hw};
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 8, .guest_is_coherent = true};
	struct cmdqv_error why;
	struct cmdqv *dev;
	bool done;

	hw.events = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	if (hw.events < 0 || cmdqv_create(&dev, &config, &backend, &vmm_ops, NULL, &why)) {
		fprintf(stderr, "no CMDQV: %s\n", hw.events < 0 ? "no eventfd" : why.text);
		return 2;
	}
	done = play_guest(dev, &hw);
	cmdqv_destroy(dev);
	close(hw.events);
	puts(done ? "the backend did what a guest expects" : "it did not");
	return done ? 0 : 1;
}

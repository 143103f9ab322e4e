/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A caller of version 0.2: compiled against the headers that are kept beside this file, run on
 * today's libraries and on libraries whose sized structs have grown. Each sized struct ends at the
 * end of a page that nothing follows, so a library that looks past it crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/dma.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/model/soft.h>

enum { RAM_BYTES = 0x100000, LATER_BYTES = 64, SID = 0x100, VSID = 8 };

/* ---- structs at the end of a page ---- */

static void *at_the_end(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
	return memory + page - bytes;
}

static void *placed(const void *from, size_t bytes, size_t room)
{
	char *to = at_the_end(room);

	memset(to, 0, room);
	memcpy(to, from, bytes);
	memcpy(to, &room, sizeof(room));
	return to;
}

static void release(void *placed_at, size_t room)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	assert_int_equal(munmap((char *)placed_at + room - page, 2 * page), 0);
}

/* ---- what an embedder lends ---- */

static _Alignas(4096) char ram[RAM_BYTES];
static void *page0;

static int vmm_map(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	page0 = page->view.host;
	return 0;
}

static void vmm_unmap(void *vmm)
{
	(void)vmm;
	page0 = NULL;
}

static void nothing(void *user)
{
	(void)user;
}

static bool vmm_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value < RAM_BYTES && bytes <= RAM_BYTES - gpa.value;
}

static void vmm_log(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm;
	(void)log;
}

static int model_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	(void)user, (void)vintf, (void)address, (void)buffer, (void)bytes;
	return -EFAULT;
}

static int model_execute(void *user, const struct cmdqv_command *command)
{
	(void)user, (void)command;
	return 0;
}

static int smmu_stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	(void)user, (void)vmid, (void)ipa, (void)span;
	return -ENOENT;
}

static void *smmu_memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	(void)user, (void)physical, (void)bytes, (void)write;
	return NULL;
}

static const struct cmdqv_vmm_ops vmm_ops = {.size = sizeof(vmm_ops),
					     .page0_map = vmm_map,
					     .page0_unmap = vmm_unmap,
					     .interrupt = nothing,
					     .is_guest_ram = vmm_is_ram,
					     .log = vmm_log};
static const struct cmdqv_model_ops model_ops = {.size = sizeof(model_ops),
						 .read = model_read,
						 .execute = model_execute,
						 .interrupt = nothing,
						 .kick = nothing};
static const struct cmdqv_smmu_ops smmu_ops = {
	.size = sizeof(smmu_ops), .stage2 = smmu_stage2, .memory = smmu_memory};
static const struct cmdqv_soft_ops soft_ops = {.size = sizeof(soft_ops), .kick = nothing};

static const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 8};
static const struct cmdqv_model_config model_config = {.size = sizeof(model_config),
						       .log2_vcmdqs = 1};
static const struct cmdqv_smmu_config smmu_config = {.size = sizeof(smmu_config)};
static const struct cmdqv_soft_host_config host_config = {.size = sizeof(host_config),
							  .log2_vcmdqs = 2,
							  .log2_vintfs = 1,
							  .log2_sids = 4,
							  .cmdqs = 8};
static const struct cmdqv_dma_config dma_config = {.size = sizeof(dma_config), .sid = SID};
static const struct cmdqv_dma_job dma_job = {
	.size = sizeof(dma_job), .operation = CMDQV_DMA_CHECKSUM, .source = 0x12345000, .bytes = 8};
static const struct cmdqv_poller_config poller_config = {.size = sizeof(poller_config)};
static const struct cmdqv_firmware firmware = {
	.size = sizeof(firmware), .base = 0xb000000, .bytes = CMDQV_GUEST_BYTES, .gsiv = 100};
static const struct cmdqv_iommufd_config iommufd_config = {.size = sizeof(iommufd_config),
							   .iommufd = -1};
static const struct cmdqv_iommufd_adopted adopted = {.size = sizeof(adopted),
						     .iommufd = -1,
						     .viommu_id = 1,
						     .mmap_offset = 0x1000,
						     .mmap_length = 0x10000,
						     .smmu_event_fd = -1};

/* ---- a life ---- */

struct life {
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	uint32_t dev_id;
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
	struct cmdqv_hw_info info;
	struct cmdqv *dev;
	struct cmdqv_dma *dma;
};

static struct life life;

static int life_open(void **state)
{
	struct life *l = &life;

	(void)state;
	l->info.size = sizeof(l->info);
	assert_int_equal(cmdqv_soft_host_create(&l->host, &host_config, &soft_ops, NULL, NULL), 0);
	assert_int_equal(cmdqv_soft_vm_create(&l->vm, l->host, NULL), 0);
	assert_int_equal(cmdqv_soft_bind_device(l->vm, (cmdqv_sid_t){SID}, &l->dev_id), 0);
	assert_int_equal(cmdqv_soft_map_ram(l->vm, (cmdqv_gpa_t){0}, ram, sizeof(ram)), 0);
	assert_int_equal(cmdqv_soft_query(l->vm, l->dev_id, &l->info, NULL), 0);
	assert_int_equal(cmdqv_soft_open(&l->viommu, l->vm, &l->backend, NULL), 0);
	assert_int_equal(cmdqv_create(&l->dev, &config, &l->backend, &vmm_ops, NULL, NULL), 0);
	assert_int_equal(
		cmdqv_dma_create(&l->dma, cmdqv_soft_host_smmu(l->host), &dma_config, NULL), 0);
	return 0;
}

static int life_close(void **state)
{
	(void)state;
	cmdqv_dma_destroy(life.dma);
	cmdqv_destroy(life.dev);
	cmdqv_viommu_close(life.viommu);
	cmdqv_soft_vm_destroy(life.vm);
	cmdqv_soft_host_destroy(life.host);
	return 0;
}

static void guest_write(uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	assert_int_equal(cmdqv_access(life.dev, &access), 0);
}

static void a_queue_executes(void **unused)
{
	struct cmdqv_model_queue_state physical = {.size = sizeof(physical)};
	struct cmdqv_queue_state queue = {.size = sizeof(queue)};
	struct cmdqv_state state = {.size = sizeof(state)};
	uint64_t *ring = (uint64_t *)(void *)(ram + 0x1000);
	_Atomic uint32_t *registers;
	struct cmdqv_poller poller;

	(void)unused;
	assert_true(cmdqv_version_number() >= CMDQV_VERSION);
	guest_write(CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	guest_write(CMDQV_REG_CMDQ_ALLOC, 4, CMDQV_CMDQ_ALLOC_ALLOCATED);
	guest_write(CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8, 0x1000 | 4);
	assert_non_null(page0);
	registers = page0;
	ring[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL);
	ring[2] = CMDQV_OP_CMD_SYNC;
	atomic_store(&registers[CMDQV_REG_VCMDQ_CONFIG / 4], CMDQV_VCMDQ_CONFIG_EN);
	atomic_store(&registers[CMDQV_REG_VCMDQ_PROD / 4], 2);
	assert_int_equal(cmdqv_poller_init(&poller, NULL), 0);
	while (cmdqv_poller_next(&poller, cmdqv_soft_host_pending(life.host)) == CMDQV_POLL_AGAIN)
		(void)cmdqv_soft_host_run(life.host, 64);
	assert_int_equal(cmdqv_get_state(life.dev, &state), 0);
	assert_int_equal(state.page0, CMDQV_PAGE0_MAPPED);
	assert_true(state.vintf_enabled);
	assert_int_equal(cmdqv_get_queue(life.dev, 0, &queue), 0);
	assert_int_equal(queue.life, CMDQV_QUEUE_BOUND);
	assert_int_equal(queue.base, 0x1000 | 4);
	assert_int_equal(queue.cons, 2);
	assert_true(queue.en_ok);
	assert_int_equal(cmdqv_get_counter(life.dev, CMDQV_COUNTER_BINDS), 1);
	assert_int_equal(cmdqv_model_get_queue(cmdqv_soft_host_model(life.host), 2, &physical), 0);
	assert_int_equal(physical.vintf, 1);
	assert_int_equal(physical.commands, 2);
}

static void a_device_faults(void **unused)
{
	const struct cmdqv_viommu_command commands[2] = {{{CMDQV_OP_TLBI_NSNH_ALL, 0}},
							 {{CMDQV_OP_CFGI_CD_ALL | 8ULL << 32, 0}}};
	const uint64_t stage1[2] = {0x2000 | 5 << 1 | 1, 0}; /* V, CFG, an empty context */
	uint32_t idr[CMDQV_SMMU_IDRS] = {0x0D40101A, 0x02730010, 0, 0, 0, 0x74};
	struct cmdqv_model_state model = {.size = sizeof(model)};
	struct cmdqv_smmu_state smmu = {.size = sizeof(smmu)};
	struct cmdqv_dma_state dma = {.size = sizeof(dma)};
	const cmdqv_vsid_t vsid = {VSID};
	struct cmdqv_viommu_result result;
	struct cmdqv_viommu_event event;
	struct cmdqv_error why;

	(void)unused;
	assert_int_equal(cmdqv_hw_info_limit_idr(&life.info, 4096, idr, &why), 0);
	assert_int_equal(cmdqv_viommu_add_device(life.viommu, vsid, life.dev_id, -1, &why), 0);
	assert_int_equal(cmdqv_viommu_set_ste(life.viommu, vsid, stage1, &why), 0);
	assert_int_equal(cmdqv_viommu_invalidate(life.viommu, commands, 2, &result, &why), 0);
	assert_int_equal(result.issued, 2);
	assert_int_equal(cmdqv_dma_start(life.dma, &dma_job), 0);
	assert_int_equal(cmdqv_dma_step(life.dma, 64), 0);
	assert_int_equal(cmdqv_dma_get_state(life.dma, &dma), 0);
	assert_int_equal(dma.status, CMDQV_DMA_FAULTED);
	assert_int_equal(dma.fault_address, 0x12345000);
	assert_int_equal(cmdqv_viommu_smmu_event(life.viommu, &event), 1);
	assert_int_equal(event.word[0] >> 32, VSID);
	assert_int_equal(cmdqv_smmu_get_state(cmdqv_soft_host_smmu(life.host), &smmu), 0);
	assert_int_equal(smmu.aborts, 1);
	assert_int_equal(smmu.events, 1);
	assert_int_equal(cmdqv_smmu_faults(cmdqv_soft_host_smmu(life.host),
					   (enum cmdqv_smmu_event)(event.word[0] & 0xff)),
			 1);
	assert_int_equal(cmdqv_model_get_state(cmdqv_soft_host_model(life.host), &model), 0);
	assert_int_equal(model.num_vcmdqs, 4);
	assert_int_equal(model.commands, 2);
	assert_int_equal(cmdqv_viommu_remove_device(life.viommu, vsid, &why), 0);
}

/* ---- every struct that a call takes ---- */

static int take_device(const void *its_config, const struct cmdqv_backend *backend,
		       const void *its_ops)
{
	struct cmdqv *dev;
	int err = cmdqv_create(&dev, its_config, backend, its_ops, NULL, NULL);

	if (!err)
		cmdqv_destroy(dev);
	return err;
}

static int take_config(const void *it)
{
	return take_device(it, &life.backend, &vmm_ops);
}

static int take_backend_ops(const void *it)
{
	const struct cmdqv_backend backend = {.ops = it, .impl = life.backend.impl};

	return take_device(&config, &backend, &vmm_ops);
}

static int take_vmm_ops(const void *it)
{
	return take_device(&config, &life.backend, it);
}

static int take_firmware(const void *it)
{
	char table[CMDQV_FIRMWARE_ACPI_BYTES];
	int bytes = cmdqv_firmware_acpi(it, table, sizeof(table), NULL);

	return bytes > 0 ? 0 : bytes;
}

static int take_model(const void *its_config, const void *its_ops)
{
	struct cmdqv_model *model;
	int err = cmdqv_model_create(&model, its_config, its_ops, NULL, NULL);

	if (!err)
		cmdqv_model_destroy(model);
	return err;
}

static int take_model_config(const void *it)
{
	return take_model(it, &model_ops);
}

static int take_model_ops(const void *it)
{
	return take_model(&model_config, it);
}

static int take_smmu(const void *its_config, const void *its_ops)
{
	struct cmdqv_smmu *smmu;
	int err = cmdqv_smmu_create(&smmu, its_config, its_ops, NULL, NULL);

	if (!err)
		cmdqv_smmu_destroy(smmu);
	return err;
}

static int take_smmu_config(const void *it)
{
	return take_smmu(it, &smmu_ops);
}

static int take_smmu_ops(const void *it)
{
	return take_smmu(&smmu_config, it);
}

static int take_host(const void *its_config, const void *its_ops)
{
	struct cmdqv_soft_host *host;
	int err = cmdqv_soft_host_create(&host, its_config, its_ops, NULL, NULL);

	if (!err)
		cmdqv_soft_host_destroy(host);
	return err;
}

static int take_host_config(const void *it)
{
	return take_host(it, &soft_ops);
}

static int take_soft_ops(const void *it)
{
	return take_host(&host_config, it);
}

static int take_dma_config(const void *it)
{
	struct cmdqv_dma *dma;
	int err = cmdqv_dma_create(&dma, cmdqv_soft_host_smmu(life.host), it, NULL);

	if (!err)
		cmdqv_dma_destroy(dma);
	return err;
}

static int take_dma_job(const void *it)
{
	int err = cmdqv_dma_start(life.dma, it);

	cmdqv_dma_stop(life.dma);
	return err;
}

static int take_poller_config(const void *it)
{
	struct cmdqv_poller poller;

	return cmdqv_poller_init(&poller, it);
}

static int take_hw_info(const void *it)
{
	int cmdqs = cmdqv_hw_info_cmdqs(it, 4096);

	return cmdqs > 0 ? 0 : cmdqs;
}

/* No iommufd is open, and that is what the kernel says of a good struct. */
static int take_iommufd_config(const void *it)
{
	struct cmdqv_backend backend;
	struct cmdqv_viommu *viommu;
	int err = cmdqv_iommufd_open(&viommu, it, &backend, NULL);

	return err == -EBADF ? 0 : err;
}

static int take_adopted(const void *it)
{
	struct cmdqv_backend backend;
	struct cmdqv_viommu *viommu;
	int err = cmdqv_iommufd_adopt(&viommu, it, &backend, NULL);

	return err == -EBADF ? 0 : err;
}

static void check_in(const char *name, const void *good, size_t bytes, size_t reserved,
		     size_t reserved_bytes, int (*take)(const void *))
{
	char *it = placed(good, bytes, bytes);
	size_t less = bytes - 1;

	print_message("%s\n", name);
	assert_int_equal(take(it), 0);
	for (size_t i = reserved; i < reserved + reserved_bytes; i++) {
		it[i] = 1;
		assert_int_equal(take(it), -E2BIG);
		it[i] = 0;
	}
	memcpy(it, &less, sizeof(less));
	assert_int_equal(take(it), -EINVAL);
	release(it, bytes);

	it = placed(good, bytes, bytes + LATER_BYTES);
	assert_int_equal(take(it), 0);
	it[bytes + LATER_BYTES - 1] = 1;
	assert_int_equal(take(it), -E2BIG);
	release(it, bytes + LATER_BYTES);
}

#define CHECK_IN(tag, good, take)                                                                  \
	check_in(#tag, good, sizeof(struct tag), offsetof(struct tag, reserved),                   \
		 sizeof(((struct tag *)0)->reserved), take)
#define CHECK_TABLE(tag, good, take) check_in(#tag, good, sizeof(struct tag), 0, 0, take)

static void a_struct_is_read_as_far_as_it_says(void **unused)
{
	(void)unused;
	cmdqv_destroy(life.dev); /* others are made on its backend */
	CHECK_IN(cmdqv_config, &config, take_config);
	CHECK_IN(cmdqv_firmware, &firmware, take_firmware);
	CHECK_IN(cmdqv_model_config, &model_config, take_model_config);
	CHECK_IN(cmdqv_hw_info, &life.info, take_hw_info);
	CHECK_IN(cmdqv_iommufd_config, &iommufd_config, take_iommufd_config);
	CHECK_IN(cmdqv_iommufd_adopted, &adopted, take_adopted);
	CHECK_IN(cmdqv_soft_host_config, &host_config, take_host_config);
	CHECK_IN(cmdqv_poller_config, &poller_config, take_poller_config);
	CHECK_IN(cmdqv_smmu_config, &smmu_config, take_smmu_config);
	CHECK_IN(cmdqv_dma_config, &dma_config, take_dma_config);
	CHECK_IN(cmdqv_dma_job, &dma_job, take_dma_job);
	CHECK_TABLE(cmdqv_backend_ops, life.backend.ops, take_backend_ops);
	CHECK_TABLE(cmdqv_vmm_ops, &vmm_ops, take_vmm_ops);
	CHECK_TABLE(cmdqv_model_ops, &model_ops, take_model_ops);
	CHECK_TABLE(cmdqv_smmu_ops, &smmu_ops, take_smmu_ops);
	CHECK_TABLE(cmdqv_soft_ops, &soft_ops, take_soft_ops);
	assert_int_equal(cmdqv_create(&life.dev, &config, &life.backend, &vmm_ops, NULL, NULL), 0);
}

/* ---- every struct that a call fills in ---- */

static int fill_state(void *it)
{
	return cmdqv_get_state(life.dev, it);
}

static int fill_queue_state(void *it)
{
	return cmdqv_get_queue(life.dev, 0, it);
}

static int fill_viommu_info(void *it)
{
	return cmdqv_viommu_hw_info(life.viommu, it);
}

static int fill_query(void *it)
{
	return cmdqv_soft_query(life.vm, 0, it, NULL);
}

static int fill_model_state(void *it)
{
	return cmdqv_model_get_state(cmdqv_soft_host_model(life.host), it);
}

static int fill_model_queue_state(void *it)
{
	return cmdqv_model_get_queue(cmdqv_soft_host_model(life.host), 0, it);
}

static int fill_smmu_state(void *it)
{
	return cmdqv_smmu_get_state(cmdqv_soft_host_smmu(life.host), it);
}

static int fill_dma_state(void *it)
{
	return cmdqv_dma_get_state(life.dma, it);
}

static void a_struct_is_filled_in_as_far_as_it_says(void **unused)
{
	static const struct {
		const char *name;
		size_t bytes;
		int (*fill)(void *);
	} rows[] = {
		{"cmdqv_state", sizeof(struct cmdqv_state), fill_state},
		{"cmdqv_queue_state", sizeof(struct cmdqv_queue_state), fill_queue_state},
		{"cmdqv_hw_info", sizeof(struct cmdqv_hw_info), fill_viommu_info},
		{"cmdqv_hw_info", sizeof(struct cmdqv_hw_info), fill_query},
		{"cmdqv_model_state", sizeof(struct cmdqv_model_state), fill_model_state},
		{"cmdqv_model_queue_state", sizeof(struct cmdqv_model_queue_state),
		 fill_model_queue_state},
		{"cmdqv_smmu_state", sizeof(struct cmdqv_smmu_state), fill_smmu_state},
		{"cmdqv_dma_state", sizeof(struct cmdqv_dma_state), fill_dma_state},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t bytes = rows[i].bytes, room = bytes + LATER_BYTES, less = bytes - 1;
		char *it = placed(&bytes, sizeof(bytes), bytes);

		print_message("%s\n", rows[i].name);
		assert_int_equal(rows[i].fill(it), 0);
		assert_memory_equal(it, &bytes, sizeof(bytes));
		memcpy(it, &less, sizeof(less));
		assert_int_equal(rows[i].fill(it), -EINVAL);
		release(it, bytes);

		it = placed(&room, sizeof(room), room);
		memset(it + bytes, 0xa5, LATER_BYTES);
		assert_int_equal(rows[i].fill(it), 0);
		for (size_t at = bytes; at < room; at++)
			assert_int_equal(it[at], 0);
		release(it, room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_executes),
		cmocka_unit_test(a_device_faults),
		cmocka_unit_test(a_struct_is_read_as_far_as_it_says),
		cmocka_unit_test(a_struct_is_filled_in_as_far_as_it_says),
	};

	return cmocka_run_group_tests(tests, life_open, life_close);
}

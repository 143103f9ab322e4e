/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared pages: what their descriptors open, and what a new owner gets. */
#include "model_script.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct cmdqv_page_view view_of(struct bench *bench, uint32_t v)
{
	struct cmdqv_page_view view;

	assert_int_equal(cmdqv_model_page(bench->model, v, &view), 0);
	return view;
}

static _Atomic uint32_t *map_view(const struct cmdqv_page_view *view)
{
	void *page = mmap(NULL, view->length, PROT_READ | PROT_WRITE, MAP_SHARED, view->fd,
			  (off_t)view->fd_offset);

	assert_true(page != MAP_FAILED);
	return page;
}

/* ---- what the system refuses ---- */

enum call { NONE, MEMFD_CREATE, FTRUNCATE, MMAP, MREMAP };

static enum call failing;
static void *last_mapping; /* at a place that the system chose */

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __real_ftruncate(int fd, off_t bytes);
int __wrap_ftruncate(int fd, off_t bytes);
int __wrap_ftruncate64(int fd, off_t bytes);
void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__real_mremap(void *from, size_t bytes, size_t new_bytes, int flags, ...);
void *__wrap_mremap(void *from, size_t bytes, size_t new_bytes, int flags, void *to);

int __wrap_memfd_create(const char *name, unsigned flags)
{
	errno = EMFILE;
	return failing == MEMFD_CREATE ? -1 : __real_memfd_create(name, flags);
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	errno = EFBIG;
	return failing == FTRUNCATE ? -1 : __real_ftruncate(fd, bytes);
}

int __wrap_ftruncate64(int fd, off_t bytes)
{
	return __wrap_ftruncate(fd, bytes);
}

/* A mapping at a place that is given takes nothing. */
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	errno = ENOMEM;
	if (failing == MMAP && !(flags & MAP_FIXED))
		return MAP_FAILED;
	if (!(flags & MAP_FIXED))
		return last_mapping = __real_mmap(at, bytes, prot, flags, fd, offset);
	return __real_mmap(at, bytes, prot, flags, fd, offset);
}

void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return __wrap_mmap(at, bytes, prot, flags, fd, offset);
}

/* The kernel may take away what lies at the target, and fail then. */
void *__wrap_mremap(void *from, size_t bytes, size_t new_bytes, int flags, void *to)
{
	if (failing != MREMAP)
		return __real_mremap(from, bytes, new_bytes, flags, to);
	assert_int_equal(munmap(to, new_bytes), 0);
	errno = ENOMEM;
	return MAP_FAILED;
}

/* [HW-2] */
TEST(the_descriptor_of_a_page_opens_the_page_that_the_engine_reads)
{
	struct bench *bench = bench_with_queue(4);
	struct cmdqv_page_view view = view_of(bench, 0);
	_Atomic uint32_t *page = map_view(&view);

	assert_int_equal(view.length, 0x10000);
	assert_int_equal((uintptr_t)view.host % 4096, 0);
	page[PROD / 4] = 1;
	play(bench, "#0=sync run");
	assert_int_equal(page[CONS / 4], 1);
	assert_int_equal(page[STATUS / 4], 1);
	munmap((void *)page, 0x10000);
	bench_close(bench);
}

/* [HW-2] */
TEST(a_holder_of_the_descriptor_cannot_resize_the_page)
{
	struct bench *bench = bench_open(1, 0, 0);
	struct cmdqv_page_view view = view_of(bench, 0);

	assert_int_equal(ftruncate(view.fd, 0), -1);
	assert_int_equal(ftruncate(view.fd, 0x20000), -1);
	assert_true(fcntl(view.fd, F_GETFD) & FD_CLOEXEC);
	bench_close(bench);
}

/* [HW-2] [HW-22] */
TEST(every_vintf_has_a_page_of_its_own)
{
	struct bench *bench = bench_open(7, 6, 0);

	for (uint32_t v = 0; v < 64; v++)
		store_word(bench, v, 0, PROD, v + 1);
	for (uint32_t v = 0; v < 64; v++) {
		struct cmdqv_page_view view = view_of(bench, v);
		_Atomic uint32_t *page = map_view(&view);

		assert_int_equal(page[PROD / 4], v + 1);
		munmap((void *)page, 0x10000);
	}
	assert_int_equal(cmdqv_model_page(bench->model, 64, &(struct cmdqv_page_view){0}), -EINVAL);
	bench_close(bench);
}

/* [HW-4] */
TEST(a_renewed_page_is_zero_and_the_former_owner_never_meets_it)
{
	struct bench *bench = bench_open(2, 1, 0);
	struct cmdqv_page_view old_view = view_of(bench, 1);
	_Atomic uint32_t *old_page = map_view(&old_view);
	int old_fd = dup(old_view.fd);
	struct cmdqv_page_view view;

	for (uint32_t i = 0; i < 0x4000; i++)
		old_page[i] = 0xa5a5a5a5;
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), 0);
	view = view_of(bench, 1);
	assert_ptr_equal(view.host, old_view.host);
	for (uint32_t i = 0; i < 0x4000; i++)
		assert_int_equal(((_Atomic uint32_t *)view.host)[i], 0);

	play(bench, "[1.0] guest=1 map=2 ring=4 #0=sync");
	old_page[CONFIG / 4] = 0;
	old_page[PROD / 4] = 1;
	play(bench, "pending:0 [1.0] @prod=1 run done:1");
	assert_int_equal(old_page[CONS / 4], 0xa5a5a5a5);
	assert_int_equal(old_page[PROD / 4], 1);
	munmap((void *)old_page, 0x10000);
	close(old_fd);
	bench_close(bench);
}

/* [HW-4] The page is as it was, where it was, and nothing is left of the other. */
TEST(a_page_that_cannot_be_renewed_stays)
{
	static const int errors[] = {
		[MEMFD_CREATE] = -EMFILE,
		[FTRUNCATE] = -EFBIG,
		[MMAP] = -ENOMEM,
		[MREMAP] = -ENOMEM,
	};
	struct bench *bench = bench_open(2, 1, 0);
	struct cmdqv_page_view view = view_of(bench, 1), again;
	_Atomic uint32_t *page = view.host, *mapped = map_view(&view);
	int free_descriptor = dup(0);
	unsigned char resident;

	close(free_descriptor);
	for (uint32_t i = 0; i < 0x4000; i++)
		page[i] = 0xa5a5a5a5;
	for (enum call call = MEMFD_CREATE; call <= MREMAP; call++) {
		int descriptor;

		failing = call;
		assert_int_equal(cmdqv_model_renew_page(bench->model, 1), errors[call]);
		failing = NONE;
		assert_int_equal(mincore(last_mapping, 4096, &resident), call == MREMAP ? -1 : 0);
		again = view_of(bench, 1);
		assert_ptr_equal(again.host, view.host);
		assert_int_equal(again.fd, view.fd);
		for (uint32_t i = 0; i < 0x4000; i++)
			assert_int_equal(page[i], 0xa5a5a5a5);
		mapped[call] = call;
		assert_int_equal(page[call], call);
		mapped[call] = 0xa5a5a5a5;
		descriptor = dup(0);
		close(descriptor);
		assert_int_equal(descriptor, free_descriptor);
		assert_int_equal(cmdqv_model_pending(bench->model), 0);
	}
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), 0);
	for (uint32_t i = 0; i < 0x4000; i++)
		assert_int_equal(page[i], 0);
	munmap((void *)mapped, 0x10000);
	bench_close(bench);
}

/* [HW-4] */
TEST(a_model_without_pages_says_how_many_it_wanted)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 2, .log2_vintfs = 2};
	const struct cmdqv_model_ops ops = bench_ops();
	struct cmdqv_error error = {.code = 0};
	struct cmdqv_model *model;

	failing = FTRUNCATE;
	assert_int_equal(cmdqv_model_create(&model, &config, &ops, NULL, &error), -EFBIG);
	failing = NONE;
	assert_string_equal(error.text,
			    "the shared pages of 4 VINTFs could not be made (EFBIG): each "
			    "takes a descriptor (ulimit -n) and 64 KiB");
}

/* [HW-4] Of a process that closed its standard input. */
TEST(the_descriptor_0_is_one_like_any_other)
{
	int input = dup(0);
	struct bench *bench;

	close(0);
	bench = bench_open(0, 0, 0);
	assert_int_equal(view_of(bench, 0).fd, 0);
	failing = MREMAP;
	assert_int_equal(cmdqv_model_renew_page(bench->model, 0), -ENOMEM);
	failing = NONE;
	store_word(bench, 0, 0, PROD, 1);
	assert_int_equal(cmdqv_model_renew_page(bench->model, 0), 0);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(cmdqv_model_renew_page(bench->model, 0), 0);
	assert_int_equal(view_of(bench, 0).fd, 0);
	bench_close(bench);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(input, 0), 0);
	close(input);
}

/* [HW-4] */
TEST(a_page_in_use_is_not_renewed)
{
	struct bench *bench = bench_open(2, 1, 0);

	play(bench, "[1.0] guest=1");
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), -EBUSY);
	play(bench, "0x1100=0 [1.0] map=2");
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), -EBUSY);
	play(bench, "[1.0] unmap=2");
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), 0);
	assert_int_equal(cmdqv_model_renew_page(bench->model, 2), -EINVAL);
	bench_close(bench);
}

/* [HW-2] */
TEST(what_others_mapped_of_a_page_outlives_the_model)
{
	struct bench *bench = bench_open(1, 0, 0);
	struct cmdqv_page_view view = view_of(bench, 0);
	_Atomic uint32_t *page = map_view(&view);
	unsigned char resident;

	page[0] = 5;
	bench_close(bench);
	assert_int_equal(mincore(view.host, 4096, &resident), -1);
	assert_int_equal(errno, ENOMEM); /* the model's own view is gone */
	assert_int_equal(page[0], 5);
	munmap((void *)page, 0x10000);
}

/* [HW-4] */
TEST(descriptors_are_neither_leaked_nor_lost)
{
	struct bench *bench;
	int before = dup(0);
	int after;

	close(before);
	bench = bench_open(2, 2, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(cmdqv_model_renew_page(bench->model, 3), 0);
	bench_close(bench);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared pages: page 0 of every VINTF, each with a descriptor of its own, so that one
 * owner's descriptor opens one owner's page [HW-2].
 *
 * All pages lie in one reservation, at addresses that never change: a renewed page is
 * made elsewhere and then moved over its predecessor in one step. So a look into a
 * page without the lock, as of cmdqv_model_pending(), finds one or the other, never a
 * hole; and what a former owner mapped keeps the former memory [HW-4].
 */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"

static size_t reserved_bytes(const struct cmdqv_model *m)
{
	return (size_t)reg_num_vintfs(&m->geometry) * CMDQV_PAGE_BYTES;
}

static unsigned char *page_host(const struct cmdqv_model *m, uint32_t vintf)
{
	return m->pages + (size_t)vintf * CMDQV_PAGE_BYTES;
}

shared32 *page_words(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq)
{
	return (shared32 *)(void *)(page_host(m, vintf) + (size_t)lvcmdq * CMDQV_VCMDQ_STRIDE);
}

/* Memory of one page, zeroed. A holder of the descriptor can neither shrink nor grow it. */
static int make_memory(void)
{
	int fd = memfd_create("cmdqv-page0", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, CMDQV_PAGE_BYTES) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void restore_page(struct cmdqv_model *m, uint32_t vintf)
{
	int fd = m->vintfs[vintf].page_fd;

	if (fd >= 0)
		(void)mmap(page_host(m, vintf), CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED, fd, 0);
}

/*
 * Puts fresh memory where the VINTF's page is. On failure the page is as it was; should the
 * kernel have taken it away before it failed, it is mapped again: no thread may find a
 * hole there.
 */
static int place_page(struct cmdqv_model *m, uint32_t vintf)
{
	struct vintf *v = &m->vintfs[vintf];
	void *page;
	int fd = make_memory();
	int err;

	if (fd < 0)
		return fd;
	page = mmap(NULL, CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		err = -errno;
		goto err_close;
	}
	if (mremap(page, CMDQV_PAGE_BYTES, CMDQV_PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		   page_host(m, vintf)) == MAP_FAILED) {
		err = -errno;
		restore_page(m, vintf);
		goto err_unmap;
	}
	if (v->page_fd >= 0)
		close(v->page_fd);
	v->page_fd = fd;
	return 0;

err_unmap:
	munmap(page, CMDQV_PAGE_BYTES);
err_close:
	close(fd);
	return err;
}

int pages_create(struct cmdqv_model *m)
{
	void *pages = mmap(NULL, reserved_bytes(m), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int err;

	for (uint32_t v = 0; v < CMDQV_MAX_VINTFS; v++)
		m->vintfs[v].page_fd = -1;
	if (pages == MAP_FAILED)
		return -errno;
	m->pages = pages;
	for (uint32_t v = 0; v < reg_num_vintfs(&m->geometry); v++) {
		err = place_page(m, v);
		if (err) {
			pages_destroy(m);
			return err;
		}
	}
	return 0;
}

void pages_destroy(struct cmdqv_model *m)
{
	for (uint32_t v = 0; v < reg_num_vintfs(&m->geometry); v++)
		if (m->vintfs[v].page_fd >= 0)
			close(m->vintfs[v].page_fd);
	munmap(m->pages, reserved_bytes(m));
}

int cmdqv_model_page(const struct cmdqv_model *m, uint32_t vintf, struct cmdqv_page_view *view)
{
	if (vintf >= reg_num_vintfs(&m->geometry))
		return -EINVAL;
	*view = (struct cmdqv_page_view){
		.flags = CMDQV_PAGE_IS_MEMORY,
		.host = page_host(m, vintf),
		.fd = m->vintfs[vintf].page_fd,
		.fd_offset = 0,
		.length = CMDQV_PAGE_BYTES,
	};
	return 0;
}

int cmdqv_model_renew_page(struct cmdqv_model *m, uint32_t vintf)
{
	const struct vintf *v;
	int err;

	if (vintf >= reg_num_vintfs(&m->geometry))
		return -EINVAL;
	v = &m->vintfs[vintf];
	if (v->mapped != 0 || (v->config & CMDQV_VINTF_CONFIG_ENABLE))
		return -EBUSY;
	err = model_enter(m);
	if (err)
		return err;
	err = place_page(m, vintf);
	model_leave(m);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What MLNX_OFED adds to the folder of an InfiniBand PF, beside the kernel's own mlx5_core, which has the values: mlx5_num_vfs,
 * and sriov/<n>/{node,port,policy}.
 *
 * main.c      PFs come and go, and VFs with their count
 * vf_files.c  the folders of the VFs
 * texts.h     what the files say and accept
 */
#ifndef MLX5_OFED_H
#define MLX5_OFED_H

#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>

struct pf {
	struct list_head	list;
	struct pci_dev		*pdev;
	bool			is_bound;	/* its probe has returned */
	struct kobject		*folder;	/* sriov */
	struct mutex		vfs_lock;	/* mlx5_num_vfs is written without the device's lock */
	struct list_head	vfs;
};

int add_vf_folders(struct pf *pf, int count);
void remove_vf_folders(struct pf *pf);

#endif

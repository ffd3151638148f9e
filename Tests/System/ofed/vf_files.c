// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A folder for each VF, with its attributes as the firmware has them.
 */
#include <linux/mlx5/driver.h>
#include <linux/mlx5/vport.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mlx5_ofed.h"
#include "texts.h"

/*
 * Call a function of mlx5_core without being linked to it: this module is loaded first, and remains when mlx5_core is unloaded.
 */
#define CALL(function, ...) ({ \
	typeof(&function) call = symbol_get(function); \
	int error = call ? call(__VA_ARGS__) : -ENODEV; \
	if (call) \
		symbol_put(function); \
	error; })

struct vf {
	struct kobject		kobj;
	struct list_head	list;
	struct pci_dev		*pf;
	unsigned int		index;
};

struct vf_file {
	struct attribute attr;
	ssize_t (*show)(struct vf *vf, char *text);
	ssize_t (*store)(struct vf *vf, const char *text, size_t size);
};

static int read_context(struct vf *vf, struct mlx5_hca_vport_context *context)
{
	return CALL(mlx5_query_hca_vport_context, pci_get_drvdata(vf->pf), 1, 1, vf->index + 1, context);
}

static int write_context(struct vf *vf, struct mlx5_hca_vport_context *context)
{
	return CALL(mlx5_core_modify_hca_vport_context, pci_get_drvdata(vf->pf), 1, 1, vf->index + 1, context);
}

/* What the driver writes again when VFs are made anew. */
static struct mlx5_vf_context *remembered(struct vf *vf)
{
	struct mlx5_core_dev *dev = pci_get_drvdata(vf->pf);

	return &dev->priv.sriov.vfs_ctx[vf->index];
}

static ssize_t node_show(struct vf *vf, char *text)
{
	struct mlx5_hca_vport_context context = {};
	int error = read_context(vf, &context);

	return error ?: ofed_show_guid(text, context.node_guid);
}

static ssize_t node_store(struct vf *vf, const char *text, size_t size)
{
	struct mlx5_hca_vport_context context = { .field_select = MLX5_HCA_VPORT_SEL_NODE_GUID };
	int error = ofed_parse_guid(text, &context.node_guid) ?: write_context(vf, &context);

	if (error)
		return error;
	remembered(vf)->node_guid = context.node_guid;
	return size;
}

static ssize_t port_show(struct vf *vf, char *text)
{
	union ib_gid gid;
	int error = CALL(mlx5_query_hca_vport_gid, pci_get_drvdata(vf->pf), 1, 1, vf->index + 1, 0, &gid);

	return error ?: ofed_show_guid(text, be64_to_cpu(gid.global.interface_id));
}

static ssize_t port_store(struct vf *vf, const char *text, size_t size)
{
	struct mlx5_hca_vport_context context = { .field_select = MLX5_HCA_VPORT_SEL_PORT_GUID };
	int error = ofed_parse_guid(text, &context.port_guid) ?: write_context(vf, &context);

	if (error)
		return error;
	remembered(vf)->port_guid = context.port_guid;
	return size;
}

static ssize_t policy_show(struct vf *vf, char *text)
{
	struct mlx5_hca_vport_context context = {};
	int error = read_context(vf, &context);

	return error ?: ofed_show_policy(text, context.policy);
}

static ssize_t policy_store(struct vf *vf, const char *text, size_t size)
{
	struct mlx5_hca_vport_context context = { .field_select = MLX5_HCA_VPORT_SEL_STATE_POLICY };
	int policy = ofed_parse_policy(text);
	int error;

	if (policy < 0)
		return policy;
	context.policy = policy;
	error = write_context(vf, &context);
	if (error)
		return error;
	remembered(vf)->policy = policy;
	return size;
}

static struct vf_file node_file = __ATTR_RW(node);
static struct vf_file port_file = __ATTR_RW(port);
static struct vf_file policy_file = __ATTR_RW(policy);
static struct attribute *vf_attrs[] = { &node_file.attr, &port_file.attr, &policy_file.attr, NULL };
ATTRIBUTE_GROUPS(vf);

static ssize_t vf_file_show(struct kobject *kobj, struct attribute *attr, char *text)
{
	struct vf *vf = container_of(kobj, struct vf, kobj);

	if (!ofed_may_read(vf->index, pci_num_vf(vf->pf)))
		return -EINVAL;
	return container_of(attr, struct vf_file, attr)->show(vf, text);
}

static ssize_t vf_file_store(struct kobject *kobj, struct attribute *attr, const char *text, size_t size)
{
	return container_of(attr, struct vf_file, attr)->store(container_of(kobj, struct vf, kobj), text, size);
}

static const struct sysfs_ops vf_file_ops = { .show = vf_file_show, .store = vf_file_store };

static void release_vf(struct kobject *kobj)
{
	kfree(container_of(kobj, struct vf, kobj));
}

static struct kobj_type vf_folder = {
	.sysfs_ops = &vf_file_ops,
	.default_groups = vf_groups,
	.release = release_vf,
};

static int add_vf_folder(struct pf *pf, unsigned int index)
{
	struct vf *vf = kzalloc(sizeof(*vf), GFP_KERNEL);
	int error;

	if (!vf)
		return -ENOMEM;
	vf->pf = pf->pdev;
	vf->index = index;
	error = kobject_init_and_add(&vf->kobj, &vf_folder, pf->folder, "%u", index);
	if (error)
		kobject_put(&vf->kobj);
	else
		list_add(&vf->list, &pf->vfs);
	return error;
}

static void remove_all(struct pf *pf)
{
	struct vf *vf, *next;

	list_for_each_entry_safe(vf, next, &pf->vfs, list) {
		list_del(&vf->list);
		kobject_put(&vf->kobj);
	}
}

/* Where there are some already, another write of the count has made them: they are that one's. */
int add_vf_folders(struct pf *pf, int count)
{
	int error = 0;
	int index;

	mutex_lock(&pf->vfs_lock);
	if (count && !list_empty(&pf->vfs))
		error = -EBUSY;
	for (index = 0; index < count && !error; index++) {
		error = add_vf_folder(pf, index);
		if (error)
			remove_all(pf);
	}
	mutex_unlock(&pf->vfs_lock);
	return error;
}

void remove_vf_folders(struct pf *pf)
{
	mutex_lock(&pf->vfs_lock);
	remove_all(pf);
	mutex_unlock(&pf->vfs_lock);
}

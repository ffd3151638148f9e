// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What MLNX_OFED adds to the folder of a PF: mlx5_num_vfs, and for InfiniBand sriov/<n>/{node,port,policy}.
 */
#include <linux/module.h>

#include "adapter.h"

static ssize_t vf_file_show(struct kobject *kobj, struct attribute *attr, char *text)
{
	struct vf *vf = container_of(kobj, struct vf, kobj);

	if (!ofed_may_read(vf->index, pci_num_vf(vf->pf->pdev)))
		return -EINVAL;
	return container_of(attr, struct vf_file, attr)->show(vf, text);
}

static ssize_t vf_file_store(struct kobject *kobj, struct attribute *attr, const char *text, size_t size)
{
	return container_of(attr, struct vf_file, attr)->store(container_of(kobj, struct vf, kobj), text, size);
}

static ssize_t show_guid(struct vf *vf, enum guid_kind kind, char *text)
{
	u64 guid;
	int error = vf_read_guid(vf, kind, &guid);

	return error ?: ofed_show_guid(text, guid);
}

static ssize_t store_guid(struct vf *vf, enum guid_kind kind, const char *text, size_t size)
{
	u64 guid;
	int error = ofed_parse_guid(text, &guid) ?: vf_write_guid(vf, kind, guid, false);

	return error ?: size;
}

static ssize_t node_show(struct vf *vf, char *text)
{
	return show_guid(vf, NODE_GUID, text);
}

static ssize_t node_store(struct vf *vf, const char *text, size_t size)
{
	return store_guid(vf, NODE_GUID, text, size);
}

static ssize_t port_show(struct vf *vf, char *text)
{
	return show_guid(vf, PORT_GUID, text);
}

static ssize_t port_store(struct vf *vf, const char *text, size_t size)
{
	return store_guid(vf, PORT_GUID, text, size);
}

static ssize_t policy_show(struct vf *vf, char *text)
{
	enum policy policy;
	int error = vf_read_policy(vf, &policy);

	return error ?: ofed_show_policy(text, policy);
}

ssize_t ofed_policy_store(struct vf *vf, const char *text, size_t size)
{
	int policy = ofed_parse_policy(text);
	int error;

	if (policy < 0)
		return policy;
	error = vf_write_policy(vf, policy);
	return error ?: size;
}

struct vf_file ofed_node_file = __ATTR_RW(node);
static struct vf_file port_file = __ATTR_RW(port);
static struct vf_file policy_file = __ATTR(policy, 0644, policy_show, ofed_policy_store);
static struct attribute *vf_attrs[] = { &ofed_node_file.attr, &port_file.attr, &policy_file.attr, NULL };
ATTRIBUTE_GROUPS(vf);

static const struct sysfs_ops vf_file_ops = { .show = vf_file_show, .store = vf_file_store };

/* The folder lives in struct pf, which outlives it. */
static void release_vf_folder(struct kobject *kobj)
{
}

static struct kobj_type vf_folder = {
	.sysfs_ops = &vf_file_ops,
	.default_groups = vf_groups,
	.release = release_vf_folder,
};

static struct kobj_type ethernet_vf_folder = {
	.sysfs_ops = &vf_file_ops,
	.default_groups = ethernet_vf_groups,
	.release = release_vf_folder,
};

void ofed_remove_vf_files(struct pf *pf, unsigned int count)
{
	while (ofed && count--)
		kobject_put(&pf->vfs[count].kobj);
}

int ofed_add_vf_files(struct pf *pf, unsigned int count)
{
	unsigned int i;

	for (i = 0; ofed && i < count; i++) {
		struct vf *vf = &pf->vfs[i];
		int error;

		memset(&vf->kobj, 0, sizeof(vf->kobj));
		error = kobject_init_and_add(&vf->kobj, ethernet ? &ethernet_vf_folder : &vf_folder, pf->sriov_folder, "%u", i);
		if (error) {
			ofed_remove_vf_files(pf, i + 1);
			return error;
		}
	}
	return 0;
}

static ssize_t mlx5_num_vfs_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct pf *pf = dev_get_drvdata(dev);

	return sysfs_emit(text, "%u\n", pf->vf_count);
}

/* Without the device's lock, unlike sriov_numvfs. */
static ssize_t mlx5_num_vfs_store(struct device *dev, struct device_attribute *attr, const char *text, size_t size)
{
	struct pf *pf = dev_get_drvdata(dev);
	int result = ofed_parse_count(ofed, text, pf->vf_count, pci_sriov_get_totalvfs(pf->pdev));

	if (result >= 0 && result != pf->vf_count)
		result = sriov_set_count(pf, result);
	return result < 0 ? result : size;
}

static DEVICE_ATTR(mlx5_num_vfs, 0600, mlx5_num_vfs_show, mlx5_num_vfs_store);

int ofed_add_pf_files(struct pf *pf)
{
	unsigned int i;
	int error;

	for (i = 0; i < MAX_VFS; i++) {
		pf->vfs[i].pf = pf;
		pf->vfs[i].index = i;
		if (ethernet)
			ethernet_forget(&pf->vfs[i]);
	}
	if (!ofed)
		return 0;
	pf->sriov_folder = kobject_create_and_add("sriov", &pf->pdev->dev.kobj);
	if (!pf->sriov_folder)
		return -ENOMEM;
	error = device_create_file(&pf->pdev->dev, &dev_attr_mlx5_num_vfs);
	if (error)
		kobject_put(pf->sriov_folder);
	return error;
}

void ofed_remove_pf_files(struct pf *pf)
{
	if (!ofed)
		return;
	device_remove_file(&pf->pdev->dev, &dev_attr_mlx5_num_vfs);
	kobject_put(pf->sriov_folder);
}

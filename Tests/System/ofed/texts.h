/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What MLNX_OFED's files say and what they accept, whoever has the values.
 */
#ifndef OFED_TEXTS_H
#define OFED_TEXTS_H

#include <asm/unaligned.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* Releases that differ. */
enum { OFED_24_07 = 2407, OFED_25_10 = 2510 };

static inline const char *ofed_version(unsigned int release)
{
	return release == OFED_24_07 ? "24.07-0.6.0" : "25.10-1.7.1";
}

/* By the firmware's numbers. */
static const char * const ofed_policies[] = { "Down", "Up", "Follow" };

static inline ssize_t ofed_show_policy(char *text, unsigned int policy)
{
	return sysfs_emit(text, "%s\n", policy < ARRAY_SIZE(ofed_policies) ? ofed_policies[policy] : "Invalid policy");
}

/* The policy, or a negative errno. */
static inline int ofed_parse_policy(const char *text)
{
	return __sysfs_match_string(ofed_policies, ARRAY_SIZE(ofed_policies), text);
}

static inline ssize_t ofed_show_guid(char *text, u64 guid)
{
	__be64 bytes = cpu_to_be64(guid);

	return sysfs_emit(text, "%8phC\n", &bytes);
}

/* Anything may stand behind the eighth byte. */
static inline int ofed_parse_guid(const char *text, u64 *guid)
{
	u8 byte[8];

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4],
		   &byte[5], &byte[6], &byte[7]) != 8)
		return -EINVAL;
	*guid = get_unaligned_be64(byte);
	return 0;
}

/* The count that a write to mlx5_num_vfs asks for, which may be the present one, or a negative errno. */
static inline int ofed_parse_count(unsigned int release, const char *text, int present, int limit)
{
	int count;

	if (kstrtoint(text, 0, &count))
		return -EINVAL;
	if (release == OFED_24_07 && count < 0)
		return -EINVAL;
	if (count > limit)
		return release == OFED_24_07 ? -EINVAL : -ERANGE;
	if (count && present && count != present)
		return -EBUSY;
	return count < 0 ? -ENOMEM : count;
}

/*
 * The folder of a VF exists before the PCI core sets the VF count, which it does last. Until then, the driver rejects a read
 * of any VF but the first as invalid.
 */
static inline bool ofed_may_read(unsigned int vf, unsigned int present)
{
	return vf <= present;
}

#endif

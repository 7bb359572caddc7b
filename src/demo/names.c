/* names: of people who do not exist. */
#include "demo/inner.h"
#include "base/text.h"

int64_t chance_between(struct chance *chance, int64_t low, int64_t high)
{
    /* splitmix64, Steele, Lea and Flood 2014 */
    uint64_t z = chance->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return low + (int64_t)(z % (uint64_t)(high - low + 1));
}

/* Frequent ones stand twice. */
static const char surnames[] =
    "王 李 张 刘 陈 王 李 张 刘 陈 王 李 张 杨 黄 赵 周 吴 徐 孙 马 朱 胡 林 郭 何 高 罗 王 李 张 "
    "刘 陈 杨 周 吴 "
    "郑 梁 谢 宋 唐 许 邓 冯 韩 曹 曾 彭 萧 蔡 潘 田 董 袁 于 余 叶 蒋 杜 苏 魏 程 吕 丁 "
    "沈 任 姚 卢 傅 钟 姜 崔 谭 廖 范 汪 陆 金 石 戴 贾 韦 夏 邱 方 侯 邹 熊 孟 秦 白 江 "
    "阎 薛 尹 段 雷 黎 史 龙 陶 贺 顾 毛 郝 龚 邵 万 钱 严 赖 覃 洪 武 莫 孔 单 解 仇 查 "
    "欧阳 司马 上官 诸葛 尉迟 欧阳 盖 乐 朴 缪 区 翟 葛 柯 左 甘";

static const char given_names[] =
    "志远 建国 秀兰 海燕 文斌 玉梅 德明 春生 晓峰 丽萍 国栋 永强 桂芳 少华 立新 思源 雨桐 子涵 "
    "俊杰 佳怡 美玲 冬梅 振华 小军 学文 爱民 宏伟 淑珍 润生 长河 金凤 月娥 大勇 铁柱 守义 福来 "
    "清扬 若兰 明轩 嘉宁 浩然 一鸣 书瑶 梦洁 静怡 梓萱 天佑 承志 继红 红霞 卫东 向阳 跃进 援朝 "
    "素云 彩霞 凤英 银花 水生 石根 木兰 秋菊 春燕 夏青 冬生 雪琴 冰洁 云飞 海涛 江波 洪亮 山河 "
    "林森 松柏 竹君 梅香 兰芝 菊英 荷花 柳青 杏芳 桃红 启明 光辉 耀祖 绍兴 庆丰 富贵 满仓 保田 "
    "家栋 国梁 安邦 定邦 兴业 永康 长寿 平安 如意 吉祥 敏 涛 磊 芳 静 勇 军 杰 娟 艳 超 霞 刚 "
    "伟 洋 燕 鹏 斌 波 辉 健 莉 婷 颖 琳 慧 峰 龙 丹 萍 亮 鑫 晨 旭 倩 宁 瑞 岚 钧 楠 蕾 "
    "维民 致远 怀谷 知秋 望舒 景行 亦凡 若愚 子墨 沐阳 语嫣 诗涵 宇航 博文 泽宇 欣妍 梓豪 可心 "
    "世昌 廷芳 仲达 伯言 季平 叔同 孟君 元培 守诚 敬之 慎行 克勤 克俭 崇德 尚文 修齐 正平 治国";

/* The n-th word of a text, counted around. */
static struct str pick(const char *words, struct chance *chance)
{
    struct str text = str_from(words), rest = text, word = S("");
    int64_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == ' ';
    for (int64_t n = chance_between(chance, 1, count); n > 0; n--)
        word = str_cut(&rest, ' ');
    return word;
}

struct str name_make(struct arena *arena, struct chance *chance, struct str *surname)
{
    struct str family = pick(surnames, chance), given = pick(given_names, chance);
    struct str name = arena_printf(arena, "%.*s%.*s", STR_ARG(family), STR_ARG(given));
    *surname = str_take(name, family.len);
    return name;
}

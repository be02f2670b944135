// What PowerSync's library for Kotlin 1.13 declares of schemas, and the text that it sends of one.

package com.powersync.db.schema

public enum class ColumnType { TEXT, INTEGER, REAL }

public data class Column(val name: String, val type: ColumnType) {
    public companion object {
        public fun text(name: String): Column = Column(name, ColumnType.TEXT)

        public fun integer(name: String): Column = Column(name, ColumnType.INTEGER)

        public fun real(name: String): Column = Column(name, ColumnType.REAL)
    }
}

public data class IndexedColumn(val column: String, val ascending: Boolean = true)

public data class Index(val name: String, val columns: List<IndexedColumn>) {
    public constructor(name: String, vararg columns: IndexedColumn) : this(name, columns.asList())

    public companion object {
        public fun ascending(name: String, columns: List<String>): Index = Index(name, columns.map { IndexedColumn(it) })
    }
}

public data class TrackPreviousValuesOptions(val columnFilter: List<String>? = null, val onlyWhenChanged: Boolean = false)

public data class TableOptions(
    val localOnly: Boolean = false,
    val insertOnly: Boolean = false,
    val trackMetadata: Boolean = false,
    val trackPreviousValues: TrackPreviousValuesOptions? = null,
    val ignoreEmptyUpdates: Boolean = false,
)

public interface BaseTable {
    public val name: String
}

public data class Table(
    override var name: String,
    var columns: List<Column>,
    var indexes: List<Index> = listOf(),
    var options: TableOptions = TableOptions(),
    internal val viewNameOverride: String? = null,
) : BaseTable {
    public constructor(
        name: String,
        columns: List<Column>,
        indexes: List<Index> = listOf(),
        localOnly: Boolean = false,
        insertOnly: Boolean = false,
        viewNameOverride: String? = null,
        trackMetadata: Boolean = false,
        trackPreviousValues: TrackPreviousValuesOptions? = null,
        ignoreEmptyUpdates: Boolean = false,
    ) : this(
        name,
        columns,
        indexes,
        TableOptions(localOnly, insertOnly, trackMetadata, trackPreviousValues, ignoreEmptyUpdates),
        viewNameOverride,
    )
}

public class Schema internal constructor(public val tables: List<Table>, public val isChecked: Boolean) {
    public constructor(tables: List<BaseTable>) : this(tables.filterIsInstance<Table>(), true)

    public constructor(vararg tables: BaseTable) : this(tables.asList())
}

private fun text(value: String): String = "\"" + value + "\""

private fun <T> list(items: List<T>, one: (T) -> String): String = items.joinToString(",", "[", "]") { one(it) }

private fun members(vararg all: Pair<String, String>): String = list(all.asList()) { text(it.first) + ":" + it.second }.replaceFirst("[", "{").dropLast(1) + "}"

private fun index(table: Table, index: Index): String =
    members(
        "name" to text(index.name),
        "columns" to list(index.columns) { column ->
            val type = table.columns.first { it.name == column.column }.type
            members("name" to text(column.column), "ascending" to column.ascending.toString(), "type" to text(type.name))
        },
    )

private fun table(table: Table): String {
    val options = table.options
    val previous = options.trackPreviousValues
    return members(
        "name" to text(table.name),
        "view_name" to text(table.viewNameOverride ?: table.name),
        "columns" to list(table.columns) { members("name" to text(it.name), "type" to text(it.type.name)) },
        "indexes" to list(table.indexes) { index(table, it) },
        "local_only" to options.localOnly.toString(),
        "insert_only" to options.insertOnly.toString(),
        "include_old" to (if (previous == null) "false" else previous.columnFilter?.let { names -> list(names) { text(it) } } ?: "true"),
        "include_old_only_when_changed" to (previous?.onlyWhenChanged ?: false).toString(),
        "include_metadata" to options.trackMetadata.toString(),
        "ignore_empty_update" to options.ignoreEmptyUpdates.toString(),
    )
}

/** The schema as the library sends it. */
public fun wire(schema: Schema): String = members("tables" to list(schema.tables) { table(it) }, "raw_tables" to "[]")
